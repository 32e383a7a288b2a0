"""Every class of mistakes, by its code."""

from __future__ import annotations

from windsock.statsd.lint.finding import Code, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

BAD_IGNORE = Code(
    "WS001",
    _W,
    "ignore without a reason or with an unknown code",
    "Nobody knows later why the finding was put aside, or the comment puts nothing aside.",
    "Write `# windsock: ignore WS206 <reason>` on the line of the finding or the one above.",
)
UNUSED_IGNORE = Code(
    "WS002",
    _W,
    "ignore that no finding needs",
    "The mistake is gone, or the comment stands at another line; it would hide a later one.",
    "Remove the comment, or move it to the line of the finding.",
)
NOT_LOADED = Code(
    "WS101",
    _E,
    "statsd_exporter cannot read this",
    "It does not start with the file; on reload it keeps the old rules and says so only in its log.",
    "Correct the value; the message is statsd_exporter's own.",
)
UNKNOWN_KEY = Code(
    "WS102",
    _E,
    "unknown key",
    "Release 0.31 does not start with it. Older ones pass over it, and what it should do is not done.",
    "Correct the spelling, or remove the key.",
)
REMOVED_KEY = Code(
    "WS103",
    _E,
    "key or value that release 0.31 no longer knows",
    "0.31 does not start with timer_type, top-level buckets and quantiles, or the metric type timer.",
    "observer_type; histogram_options.buckets; summary_options.quantiles; match_metric_type: observer.",
)
REPEATED_KEY = Code(
    "WS104",
    _E,
    "key that stands twice",
    "0.31 does not start with it; in older releases the last one wins silently.",
    "Keep one of them.",
)
BAD_GLOB = Code(
    "WS105",
    _E,
    "match that is no glob",
    "A star stands for one whole part between dots: `foo*`, `**` and empty parts are refused at start.",
    "Use whole parts (`a.*.c`), or match_type: regex.",
)
BAD_REGEX = Code(
    "WS106",
    _E,
    "expression that RE2 does not take",
    "statsd_exporter does not start with it. RE2 has no look-around and no back-references.",
    "Rewrite it without them.",
)
BAD_LABEL = Code(
    "WS107",
    _E,
    "label name that is refused",
    "A label needs two characters or more, letters, digits and underscores; else the file is not loaded.",
    "Give it a longer, plain name.",
)
BAD_NAME = Code(
    "WS108",
    _E,
    "metric name that is refused or missing",
    "Every rule needs a name, also one that drops: letters, digits, underscores, `$1`, `${1}`; nothing else.",
    "Give the rule such a name.",
)
WRONG_OPTIONS = Code(
    "WS109",
    _E,
    "options of the other observer type",
    "A histogram with summary_options, or a summary with histogram_options, is refused at start.",
    "Remove the options, or change observer_type.",
)
SHADOWED = Code(
    "WS201",
    _E,
    "glob behind a longer one that begins with it",
    "statsd_exporter loses it without a word: the rule never matches, and its lines go unmapped.",
    "Put the shorter rule before the longer one.",
)
DUPLICATE = Code(
    "WS202",
    _E,
    "the same match twice",
    "The second never matches; a duplicate glob also moves the first one to the end of the order.",
    "Remove one of them, or give them different match_metric_type.",
)
COVERED = Code(
    "WS203",
    _E,
    "rule behind a wider one",
    "The earlier rule takes every name that this one is for.",
    "Put the narrower rule first.",
)
GLOB_FIRST = Code(
    "WS204",
    _W,
    "expression for names that a glob takes",
    "All globs are tried before any expression, wherever they stand; this rule gets less than it says.",
    "Write it as a glob, or make the glob an expression behind it.",
)
NO_WAY_BACK = Code(
    "WS205",
    _E,
    "glob that is not found with glob_disable_ordering",
    "With that option statsd_exporter may not turn back from a literal part that leads nowhere.",
    "Remove glob_disable_ordering.",
)
UNANCHORED = Code(
    "WS206",
    _W,
    "expression without an anchor",
    "Expressions match anywhere in a name, so other metrics land in this family.",
    "Begin with ^ and end with $.",
)
LOOSE_DOT = Code(
    "WS207",
    _W,
    "dot that stands for any character",
    "In an expression an unescaped dot matches every character, so other names match too.",
    r"Write \. where a dot is meant.",
)
LOST_REFERENCE = Code(
    "WS301",
    _E,
    "reference to a part that does not exist",
    "It becomes an empty text, silently: the label or a piece of the name is missing.",
    "Count the stars or groups of the match.",
)
GLUED_REFERENCE = Code(
    "WS302",
    _E,
    "$1 with letters behind it",
    "`$1_total` is read as the reference `1_total`, which does not exist, and becomes empty.",
    "Write ${1}_total.",
)
EATEN_REFERENCE = Code(
    "WS303",
    _E,
    "$1 before $10",
    "References are replaced one after the other, and $1 eats the beginning of $10.",
    "Write ${1} and ${10}.",
)
PERCENT = Code(
    "WS304",
    _E,
    "percent sign beside a reference",
    "The value goes through Go's Sprintf: the percent sign becomes part of a directive and garbles it.",
    "Leave it out, or use match_type: regex.",
)
WHOLE_NAME = Code(
    "WS305",
    _W,
    "$0 in a glob's template",
    "It is the whole name since 0.31 and empty before.",
    "Use stars and ${1}, or match_type: regex.",
)
EMPTY_NAME = Code(
    "WS306",
    _E,
    "name that is always empty",
    'Every event of the rule is refused and counted as events_error_total{reason="empty_metric_name"}.',
    "Give the rule a name with letters in it.",
)
RESERVED_LABEL = Code(
    "WS401",
    _E,
    "label that begins with two underscores",
    "Such a label makes every scrape answer 500, for all metrics, until the series is gone.",
    "Rename it.",
)
CRASHING_LABEL = Code(
    "WS402",
    _E,
    "label `le` on a histogram or `quantile` on a summary",
    "The process ends at the first value (exit code 2).",
    "Rename it.",
)
NANOSECONDS = Code(
    "WS501",
    _E,
    "time to live of less than a second",
    "A bare number is nanoseconds: `ttl: 60` is gone at the next sweep, a second later.",
    "Write the unit: 60s, 5m.",
)
NEGATIVE_TIME = Code(
    "WS502",
    _E,
    "negative time",
    "A negative ttl ends the series at the next sweep, a negative max_age the process at the first value.",
    "Write a positive duration.",
)
TTL_ZERO = Code(
    "WS503",
    _W,
    "ttl 0 under a default",
    "0 means: take the default. A rule cannot switch a default ttl off.",
    "Remove the default, or write a very long ttl, such as 87600h.",
)
BUCKETS = Code(
    "WS504",
    _E,
    "buckets that do not rise",
    "The process ends at the first value (exit code 2).",
    "Sort them, each once.",
)
QUANTILE = Code(
    "WS505",
    _E,
    "quantile that is not between 0 and 1",
    "/metrics gives no answer at all as soon as the summary has a value.",
    "Write 0.99 for 99 %.",
)
IDLE_OPTIONS = Code(
    "WS506",
    _W,
    "options without observer_type",
    "Neither rule nor defaults say histogram, so the options do nothing and the metric is a summary.",
    "Add observer_type: histogram.",
)
SUMMARIES = Code(
    "WS507",
    _I,
    "timers that become summaries",
    "Quantiles of several processes or ids cannot be added up in a query.",
    "Set observer_type: histogram in defaults, with buckets.",
)
NAMELESS = Code(
    "WS508",
    _W,
    "no rule for a line without a name",
    "One datagram such as `#a=b:1|c` makes every scrape answer 500 until a restart.",
    "Add {match: '^$', match_type: regex, name: nameless, action: drop}.",
)
MILLISECONDS = Code(
    "WS509",
    _W,
    "name says milliseconds",
    "statsd_exporter divides `ms` by 1000: the value is in seconds, and buckets for milliseconds do not fit.",
    "Call it _seconds with buckets in seconds, or scale: 1000.",
)
TWICE_SCALED = Code(
    "WS510",
    _W,
    "time that is divided by 1000 twice",
    "statsd_exporter divides `ms` by 1000 already; scale: 0.001 does it again.",
    "Remove the scale.",
)
HELPS = Code(
    "WS601",
    _E,
    "one family with different helps",
    "With different label names every scrape answers 500; with the same ones the first help wins.",
    "Use one help for the family.",
)
LABEL_SETS = Code(
    "WS602",
    _I,
    "one family with different labels",
    "A sum over the family adds up series of different meaning, often the same events twice.",
    "Give the rules the same labels, or different names.",
)
TYPES = Code(
    "WS603",
    _E,
    "one family with different types",
    "The type of the first event wins until a restart; all others are refused and counted as conflicts.",
    "Give them different names.",
)
SUFFIXES = Code(
    "WS604",
    _E,
    "family whose name is another one's with _count, _sum or _bucket",
    "The second to arrive is refused as a conflict, or every scrape answers 500.",
    "Rename one of them.",
)
FIRST_WINS = Code(
    "WS605",
    _W,
    "one family with different buckets or ttl",
    "Those of the first event win for as long as the process runs.",
    "Give the rules the same options.",
)
OWN_NAME = Code(
    "WS606",
    _E,
    "name of one of statsd_exporter's own families",
    "Every scrape answers 500.",
    "Rename it.",
)
DEAD = Code(
    "WS701",
    _W,
    "rule for a line that Airflow does not send",
    "Nothing ever arrives: panels and alerts on this family stay empty.",
    "Correct the name after docs/statsd-lines.md, or remove the rule.",
)
WRONG_TYPE = Code(
    "WS702",
    _E,
    "rule for another type than Airflow sends",
    "It never matches; the line goes unmapped.",
    "Set match_metric_type to the type that Airflow sends.",
)
MISSING = Code(
    "WS703",
    _I,
    "lines of Airflow without a rule",
    "They become families with automatic names, one per id where the id is in the name.",
    "Map or drop them; `windsock statsd mapping` has all.",
)
UNIT = Code(
    "WS704",
    _W,
    "time in another unit than Airflow sends",
    "This Airflow sends the time in seconds and calls it ms, or the other way round: it is 1000 times off.",
    "Set scale: 1000, or remove it.",
)
DOTS = Code(
    "WS705",
    _W,
    "glob for ids that may hold dots",
    "A task in a task group is called group.task: its line has a part more, and the rule does not match it.",
    "Add an expression for the rest, or send tags; docs/statsd.md says how.",
)
TWINS = Code(
    "WS706",
    _W,
    "one event counted twice",
    "Airflow sends it under a plain name and under one with ids; both go to one family.",
    "Drop one of the two.",
)
HIDING = Code(
    "WS707",
    _I,
    "rule that drops lines of Airflow that no other takes",
    "What a new version of Airflow sends vanishes without a trace.",
    "Send them to a family of their own instead, and look at it after each upgrade.",
)
NEGATIVE = Code(
    "WS708",
    _I,
    "counter that Airflow counts down",
    "statsd_exporter refuses negative counters, so only the way up is counted.",
    "Drop it, or read it as a count of starts.",
)
AUTOMATIC = Code(
    "WS709",
    _W,
    "name that another line gets by itself",
    "An unmapped line lands in the same family with other labels; a help here makes every scrape answer 500.",
    "Map or drop that line too, or choose another name.",
)
UNTYPED = Code(
    "WS710",
    _I,
    "rule for all types where Airflow sends one",
    "A line of another type would take the family's name, and the right one is refused afterwards.",
    "Set match_metric_type.",
)
STEALING = Code(
    "WS711",
    _W,
    "id that sends a line to another rule",
    "An id that ends like this expression is taken by it, and is counted in the wrong family.",
    "Put the narrower rule first, or anchor and narrow the expression.",
)

CODES = {code.id: code for code in list(globals().values()) if isinstance(code, Code)}
