"""What generated mappings and lines are made of."""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.draw import Draw

SEGMENTS = ("a", "b", "c", "ti", "start", "x-1", "9z", "dag_2", "k--v")
WORDS = ("runs", "pool_open", "_lead", "T2", "up_count", "up", "up_sum", "up_bucket")
LABELS = ("dag_id", "task", "env", "state", "le1", "quantile_x", "A_1", "_x")
BAD_GLOBS = ("a.pre*", "**", "a..b", "a/b", "a b", "", "a.", ".a", "9a.b", "a.*b", "a:b", "é")
BAD_REGEXES = ("(", "(?=a)", "a{1001}", "[b-a]", "*a", r"\C", "(?P<n>a)(?P<n>b)", "a**", r"\8", "(?<!a)b")
BAD_NAMES = ("a.b", "a-b", "9a", "a:b", "${x}", "$x", "a b", "é")
BAD_LABELS = ("a", "9ab", "a-b", "a.b", "é1", "a b")
TEMPLATES: dict[str, Callable[[Draw], str]] = {
    "literal": lambda draw: draw.one(["fixed", "yes", "200", "a b", "", "0x1f", "2001-01-01", "100%", "%d"]),
    "$n": lambda draw: f"${draw.number(1, 3)}",
    "${n}": lambda draw: f"${{{draw.number(1, 3)}}}",
    "two references": lambda draw: f"${{{draw.number(1, 2)}}}.${draw.number(1, 2)}",
    "$0": lambda draw: draw.one(["$0", "${0}", "x$0y"]),
    "$n out of range": lambda draw: draw.one(["$9", "${12}", "$99999999999999999999"]),
    "$n_x": lambda draw: draw.one(["$1_x", "$1x", "${1}_x", "$1-x"]),
    "$1 before $10": lambda draw: draw.one(["$1-$10", "$10-$1", "${1}-$10", "$2$20"]),
    "odd dollars": lambda draw: draw.one(
        ["$", "$$1", "${1", "$1}", "${ 1 }", "$-", "a$", "$$", "$é", "$01", "${}"]
    ),
    "named": lambda draw: draw.one(["$one", "${one}", "${two}x", "$nobody"]),
    "% with capture": lambda draw: draw.one(
        [
            "100%$1",
            "%d$1",
            "%%$1",
            "$1%",
            "%5s$1",
            "%-5s$1|",
            "%05s$1",
            "%.1s$1",
            "%q$1",
            "%x$1",
            "% X$1",
            "%#x$1",
            "%[1]s$1",
            "%[2]s$1",
            "%[1",
            "%[1]$1",
            "%*s$1",
            "%.*s$1",
            "%[1]*s$1",
            "%v$1",
            "%+q$1",
            "%#q$1",
            "%T$1",
            "%p$1",
            "%w$1",
            "%!$1",
            "%é$1",
            "% d$1",
            "%#v$1",
            "%+v$1",
            "%08d$1",
            "%.x$1",
            "%6.2s$1",
            "%[x]s$1",
        ]
    ),
}
REGEXES = (
    "^{0}$",
    "{0}",
    r"^([^.]+)\.{0}",
    r"^(?P<one>[a-z]+)\.(.*)$",
    r"(?P<one>{0})|(?P<two>[0-9]+)",
    r"^{0}\.(\w+)\.?(\w*)",
    r"(?i){0}",
    r".",
    r"",
    r"^$",
    r"\pL+",
    r"(a|ab)(c|bcd)?(d*)",
    r"[[:alpha:]]+\.(\d\w)",
    r"x*",
    r"\b{0}\b",
    r"^(?<one>.*?)\.(?<two>.*)$",
    r"(?s)^(.*)\.([^.]*)$",
    r"\Qx-1\E",
    r"{0}$",
)


def quote(text: str, draw: Draw | None = None) -> str:
    """Text as a YAML scalar; plain now and then where YAML allows it."""
    plain = (
        text
        and not set(text) & set("*&!|>%@`\"'#{}[],:?$^()\\")
        and text[0] not in " -.~"
        and text[-1] != " "
    )
    if plain and (draw is None or draw.chance(0.7)):
        return text
    return "'" + text.replace("'", "''") + "'"


BROKEN: dict[str, Callable[[Draw], list[str]]] = {
    "unknown key": lambda draw: [draw.one(["matched: x", "timer_type: summary", "buckets: [1]", "1: 2"])],
    "repeated key": lambda draw: ["help: a", "help: b"],
    "label key": lambda draw: [f"labels: {{{quote(draw.one(BAD_LABELS))}: x}}"],
    "repeated label": lambda draw: ["labels: {dag_id: a, dag_id: b}"],
    "name": lambda draw: [f"name: {quote(draw.one(BAD_NAMES))}"],
    "no name": lambda draw: [draw.one(["name: ~", "name: ''", "name:"])],
    "glob": lambda draw: [f"match: {quote(draw.one(BAD_GLOBS))}", "match_type: glob"],
    "regex": lambda draw: [f"match: {quote(draw.one(BAD_REGEXES))}", "match_type: regex"],
    "enum": lambda draw: [
        draw.one(
            [
                "action: keep",
                "match_type: Glob",
                "observer_type: timer",
                "match_metric_type: timer",
                "match_metric_type: ''",
                "match_metric_type: NULL",
                "action: [map]",
                "action: 1",
            ]
        )
    ],
    "type": lambda draw: [
        draw.one(
            [
                "scale: x",
                "scale: true",
                "scale: '1'",
                "ttl: 1d",
                "ttl: '60'",
                "ttl: [1]",
                "labels: [a]",
                "honor_labels: 1",
                "honor_labels: 'yes'",
                "help: [a]",
                "labels: x",
                "help: {a: b}",
                "histogram_options: [1]",
                "histogram_options: {buckets: 1}",
                "summary_options: 1",
                "histogram_options: {buckets: [a]}",
                "summary_options: {age_buckets: -1}",
                "scale: !!int x",
                "summary_options: {buf_cap: 4294967296}",
                "summary_options: {quantiles: [1]}",
            ]
        )
    ],
    "options on the wrong type": lambda draw: draw.one(
        [
            ["observer_type: histogram", "summary_options: {age_buckets: 1}"],
            ["observer_type: summary", "histogram_options: {buckets: [1]}"],
            ["observer_type: summary", "histogram_options: NULL"],
        ]
    ),
}
DOCUMENTS = (
    "",
    "# nothing\n",
    "[]\n",
    "a\n",
    "~\n",
    "mappings:\n",
    "mappings: ~\n",
    "mappings: {}\n",
    "mappings: [~]\n",
    "mappings: [1]\n",
    "mappings: [[]]\n",
    "defaults: []\nmappings: []\n",
    "defaults: ~\n",
    "defaults: NULL\n",
    "mappings: x\n",
    "mappings: []\n---\nx: [\n",
    "x: 1\n",
    "a: [\n",
    "\tx: 1\n",
    "mappings: [*a]\n",
    "mappings:\n- match: *.x\n",
    "fsm: ~\n",
    "1: 2\n",
)
