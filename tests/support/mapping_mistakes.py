"""Mappings with one mistake each, and mappings without any."""

from __future__ import annotations

from dataclasses import dataclass

GUARD = "- {match: '^$', match_type: regex, name: nameless, action: drop}\n"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mapping whose line that ends in `# here` has a mistake of this code."""

    code: str
    text: str


def _rules(*rules: str, defaults: str = "") -> str:
    rows = "".join(f"- {rule}\n" for rule in rules)
    return f"{defaults}mappings:\n{rows}{GUARD}"


_HISTOGRAM = "defaults: {observer_type: histogram}\n"
MISTAKES: tuple[Mistake, ...] = (
    Mistake("WS001", "mappings:\n# windsock: ignore every rule, it is fine # here\n" + GUARD),
    Mistake("WS002", "mappings:\n# windsock: ignore WS206 it was loose once # here\n" + GUARD),
    Mistake("WS101", _rules("{match: a, name: one, ttl: 1d} # here")),
    Mistake("WS101", "mappings: a: b # here\n"),
    Mistake("WS102", _rules("{match: a, name: one, matsch_type: glob} # here")),
    Mistake("WS103", _rules("{match: a, name: one, timer_type: histogram} # here")),
    Mistake("WS103", _rules("{match: a, name: one, match_metric_type: timer} # here")),
    Mistake("WS104", _rules("{match: a, name: one, help: x, help: y} # here")),
    Mistake("WS105", _rules("{match: 'a.pre*', name: one} # here")),
    Mistake("WS106", _rules("{match: '^a(?=b)$', match_type: regex, name: one} # here")),
    Mistake("WS107", _rules("{match: a, name: one, labels: {x: y}} # here")),
    Mistake("WS108", _rules("{match: a, name: one.two} # here")),
    Mistake("WS108", _rules("{match: a, action: drop} # here")),
    Mistake(
        "WS109",
        _rules("{match: a, name: one, observer_type: histogram, summary_options: {age_buckets: 1}} # here"),
    ),
    Mistake("WS201", _rules("{match: a.*.c, name: one}", "{match: a.*, name: two} # here")),
    Mistake("WS202", _rules("{match: a.*, name: one}", "{match: a.*, name: two} # here")),
    Mistake(
        "WS202",
        _rules(
            "{match: ^a$, match_type: regex, name: one}", "{match: ^a$, match_type: regex, name: two} # here"
        ),
    ),
    Mistake("WS203", _rules("{match: a.*, name: one}", "{match: a.b, name: two} # here")),
    Mistake(
        "WS203",
        _rules(
            "{match: ., match_type: regex, name: rest, action: drop}",
            "{match: ^a$, match_type: regex, name: two} # here",
        ),
    ),
    Mistake(
        "WS204",
        _rules("{match: '^a\\.b\\.(.+)$', match_type: regex, name: two} # here", "{match: a.*.*, name: one}"),
    ),
    Mistake(
        "WS205",
        _rules(
            "{match: a.b.c, name: one}",
            "{match: a.*.d, name: two} # here",
            "{match: a.*.*, name: wide}",
            defaults="defaults: {glob_disable_ordering: true}\n",
        ),
    ),
    Mistake("WS206", _rules("{match: 'queue_length', match_type: regex, name: one} # here")),
    Mistake("WS207", _rules("{match: '^queue.length$', match_type: regex, name: one} # here")),
    Mistake("WS301", _rules("{match: a.*, name: one, labels: {id_: $2}} # here")),
    Mistake(
        "WS301", _rules("{match: '^a\\.(.+)$', match_type: regex, name: one, labels: {id_: $who}} # here")
    ),
    Mistake("WS302", _rules("{match: a.*, name: $1_total} # here")),
    Mistake("WS302", _rules("{match: '^a\\.(.+)$', match_type: regex, name: one_$1_total} # here")),
    Mistake("WS303", _rules("{match: '*.*.*.*.*.*.*.*.*.*', name: one, labels: {id_: $1-$10}} # here")),
    Mistake("WS304", _rules("{match: a.*, name: one, labels: {id_: 50%$1}} # here")),
    Mistake("WS305", _rules("{match: a.*, name: one, labels: {id_: $0}} # here")),
    Mistake("WS306", _rules("{match: a.*, name: $2} # here")),
    Mistake("WS401", _rules("{match: a, name: one, labels: {__id: x}} # here")),
    Mistake("WS402", _rules("{match: a, name: one, labels: {quantile: x}} # here")),
    Mistake("WS402", _rules("{match: a, name: one, labels: {le: x}} # here", defaults=_HISTOGRAM)),
    Mistake("WS501", _rules("{match: a, name: one, ttl: 60} # here")),
    Mistake("WS502", _rules("{match: a, name: one, ttl: -5m} # here")),
    Mistake(
        "WS502",
        _rules("{match: a, name: one, observer_type: summary, summary_options: {max_age: -1m}} # here"),
    ),
    Mistake("WS503", _rules("{match: a, name: one, ttl: 0} # here", defaults="defaults: {ttl: 5m}\n")),
    Mistake(
        "WS504",
        _rules("{match: a, name: one, histogram_options: {buckets: [5, 1]}} # here", defaults=_HISTOGRAM),
    ),
    Mistake(
        "WS505",
        _rules(
            "{match: a, name: one, observer_type: summary,"
            " summary_options: {quantiles: [{quantile: 99, error: 0.1}]}} # here"
        ),
    ),
    Mistake("WS506", _rules("{match: a, name: one, histogram_options: {buckets: [1, 5]}} # here")),
    Mistake("WS507", "mappings: # here\n- {match: a, match_metric_type: observer, name: one}\n" + GUARD),
    Mistake("WS508", "mappings: # here\n- {match: a, name: one}\n"),
    Mistake(
        "WS509",
        _rules("{match: a, match_metric_type: observer, name: one_milliseconds} # here", defaults=_HISTOGRAM),
    ),
    Mistake(
        "WS510",
        _rules(
            "{match: a, match_metric_type: observer, name: one_seconds, scale: 0.001} # here",
            defaults=_HISTOGRAM,
        ),
    ),
    Mistake("WS601", _rules("{match: a, name: one, help: A.}", "{match: b, name: one, help: B.} # here")),
    Mistake("WS602", _rules("{match: a.*, name: one, labels: {id_: $1}}", "{match: b, name: one} # here")),
    Mistake(
        "WS603",
        _rules(
            "{match: a, name: one, match_metric_type: counter}",
            "{match: b, name: one, match_metric_type: gauge} # here",
        ),
    ),
    Mistake(
        "WS604",
        _rules(
            "{match: a, name: one, match_metric_type: gauge}",
            "{match: b, name: one_count, match_metric_type: counter} # here",
        ),
    ),
    Mistake("WS605", _rules("{match: a, name: one, ttl: 5m}", "{match: b, name: one, ttl: 10m} # here")),
    Mistake("WS606", _rules("{match: a, name: go_goroutines} # here")),
    Mistake("WS701", _rules("{match: airflow.smart_sensor_operator.poked_tasks, name: one} # here")),
    Mistake(
        "WS702",
        _rules(
            "{match: airflow.dag_processing.processor_timeouts, name: one, match_metric_type: gauge} # here"
        ),
    ),
    Mistake(
        "WS703",
        "# Airflow 2.11\nmappings: # here\n- {match: airflow.dagbag_size, name: one,"
        " match_metric_type: gauge}\n" + GUARD,
    ),
    Mistake(
        "WS704",
        "# Airflow 2.11\n"
        + _rules(
            "{match: airflow.task.queued_duration, name: one_seconds, match_metric_type: observer} # here",
            defaults=_HISTOGRAM,
        ),
    ),
    Mistake("WS705", _rules("{match: airflow.ti.start.*.*, name: one, match_metric_type: counter} # here")),
    Mistake(
        "WS706",
        _rules(
            "{match: airflow.ti_failures, name: one, match_metric_type: counter}",
            "{match: airflow.ti.start, name: two, match_metric_type: counter}",
            "{match: airflow.ti.start.*.*, name: two, match_metric_type: counter} # here",
        ),
    ),
    Mistake(
        "WS707",
        _rules(
            "{match: airflow.ti_failures, name: one}",
            "{match: ., match_type: regex, name: rest, action: drop} # here",
        ),
    ),
    Mistake(
        "WS708",
        _rules("{match: airflow.dag_processing.processes, name: one, match_metric_type: counter} # here"),
    ),
    Mistake(
        "WS709",
        _rules(
            "{match: airflow.executor.open_slots.*, name: airflow_executor_open_slots,"
            " match_metric_type: gauge} # here"
        ),
    ),
    Mistake("WS710", _rules("{match: airflow.ti_failures, name: one} # here")),
    Mistake(
        "WS711",
        _rules(
            "{match: '^airflow\\.([^.]+)_end$', match_type: regex, name: job_end,"
            " match_metric_type: counter} # here",
            "{match: '^airflow\\.operator_successes_(.+)$', match_type: regex, name: good,"
            " match_metric_type: counter}",
        ),
    ),
)
CLEAN = {
    "nothing but the guard": f"mappings:\n{GUARD}",
    "shorter globs first": _rules("{match: a.*, name: one}", "{match: a.*.c, name: two}"),
    "narrow before wide": _rules("{match: a.b, name: two}", "{match: a.*, name: one}"),
    "types apart": _rules(
        "{match: a.*, match_metric_type: counter, name: one_total, labels: {id_: $1}}",
        "{match: a.*, match_metric_type: gauge, name: one, labels: {id_: '${1}'}, ttl: 5m}",
    ),
    "histograms": _rules(
        "{match: web.*.time, match_metric_type: observer, name: web_seconds, labels: {site: $1}}",
        "{match: web.*.size, match_metric_type: observer, name: web_bytes,"
        " histogram_options: {buckets: [1, 1e3, 1e6]}}",
        defaults="defaults:\n  observer_type: histogram\n  histogram_options: {buckets: [0.1, 1,"
        " 10]}\n  ttl: 1h\n",
    ),
    "anchored expressions": _rules(
        "{match: '^app\\.(?P<site>[^.]+)\\.hits$', match_type: regex, name: hits_total,"
        " labels: {site: $site}}",
        "{match: '^app\\.', match_type: regex, name: rest, action: drop}",
    ),
    "a default of expressions": "defaults: {match_type: regex}\nmappings:\n"
    "- {match: '^(\\w+)\\.requests$', name: '${1}_requests_total'}\n"
    "- {match: '^$', name: nameless, action: drop}\n",
    "summaries on purpose": _rules(
        "{match: db.query, name: query_seconds, observer_type: summary, summary_options: {quantiles: "
        "[{quantile: 0.5, error: 0.05}, {quantile: 0.99, error: 0.001}], max_age: 5m}}"
    ),
    "ids of tasks with dots": _rules(
        "{match: '^airflow\\.ti\\.start\\.([^.]+)\\.(.+)$', match_type: regex, match_metric_type: counter,"
        " name: starts_total, labels: {dag_id: $1, task_id: $2}}",
        "{match: airflow.ti.start, match_metric_type: counter, name: twin, action: drop}",
    ),
    "one family of two lines": _rules(
        "{match: a.up, name: moves, labels: {way: up}}", "{match: a.down, name: moves, labels: {way: down}}"
    ),
    "merged labels": "mappings:\n- {match: a, name: one, labels: &env {env: prod}}\n"
    "- {match: b, name: two, labels: *env}\n" + GUARD,
}
