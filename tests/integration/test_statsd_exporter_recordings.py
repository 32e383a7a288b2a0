"""Everything that real Airflow was recorded sending, through the real statsd_exporter with our mappings."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from demo.stack import programs
from tests.support.statsd import RECORDINGS, ROOT, Page, Recorded, recording, running, without_empty
from windsock.airflow_versions import RELEASES
from windsock.catalog import BY_NAME
from windsock.catalog.statsd import capacity, parsing, tasks, unknown
from windsock.metric import Kind, Metric
from windsock.statsd.entries import Entry, entries
from windsock.statsd.mapping import path
from windsock.statsd.options import Options
from windsock.statsd.rules import rules
from windsock.wire import Profile, Wire

_CUSTOM = "airflow.my_company."


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording and what /metrics showed after it."""

    options: Options
    lines: list[Recorded]
    page: Page

    def told(self, pattern: str) -> list[Recorded]:
        """Recorded lines whose name fits."""
        return [line for line in self.lines if re.fullmatch(pattern, line.name)]


def _recordings() -> Iterator[pytest.ParameterSet]:
    for version, release in RELEASES.items():
        for profile in Profile:
            name = f"airflow-{release}-{profile.value}"
            if (RECORDINGS / f"{name}.txt.gz").exists():
                yield pytest.param((name, Options(version=version, profile=profile)), id=name)


@pytest.fixture(scope="module", params=_recordings())
def replay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    name, options = request.param
    lines = recording(name)
    folder = tmp_path_factory.mktemp(name)
    with running(ROOT / path(options.version, options.profile), folder) as exporter:
        exporter.send(line.line for line in lines for _ in range(line.times))
        yield Replay(options, lines, exporter.page())


def test_every_line_is_mapped_or_dropped_by_a_rule(replay: Replay) -> None:
    page = replay.page
    assert page.value("statsd_exporter_events_unmapped_total") == 0
    handled = page.value("statsd_exporter_events_actions_total")
    assert handled == sum(line.times for line in replay.lines)


def test_no_error_but_the_negative_counter_of_dag_processing_processes(replay: Replay) -> None:
    errors = {
        sample.labels["reason"]: sample.value
        for sample in replay.page.samples
        if sample.name == "statsd_exporter_events_error_total"
    }
    negative = [line for line in replay.lines if line.wire is Wire.COUNTER and line.value < 0]
    assert {line.name for line in negative} <= {"airflow.dag_processing.processes"}
    assert sum(errors.values()) == errors.get("illegal_negative_counter", 0)
    assert errors.get("illegal_negative_counter", 0) == sum(line.times for line in negative)
    for name in ("sample_errors_total", "tag_errors_total", "events_conflict_total"):
        assert replay.page.value(f"statsd_exporter_{name}") == 0


def test_the_unknown_families_hold_the_custom_metrics_and_nothing_else(replay: Replay) -> None:
    custom = [line for line in replay.lines if line.name.startswith(_CUSTOM)]
    assert bool(custom) == any(metric.name in replay.page.families for metric in unknown.METRICS)
    counted = sum(line.times * line.value for line in custom if line.wire is Wire.COUNTER)
    timed = sum(line.times for line in custom if line.wire is Wire.TIMER)
    assert replay.page.value(unknown.UNKNOWN_COUNTER.name) == counted
    assert replay.page.value(f"{unknown.UNKNOWN_TIMER}_count") == timed
    own_tags = {label for line in custom for label in line.tags}
    for metric in unknown.METRICS:
        name = f"{metric}_count" if metric.kind is Kind.HISTOGRAM else metric.name
        assert bool(custom) == bool(replay.page.series(name))
        assert {label for labels in replay.page.series(name) for label in labels} <= own_tags


def test_every_family_is_in_the_catalogue_with_its_type_and_help(replay: Replay) -> None:
    shown = {name: about for name, about in replay.page.families.items() if name.startswith("airflow")}
    assert set(shown) <= set(BY_NAME)
    assert {name: (BY_NAME[name].kind.value, BY_NAME[name].help) for name in shown} == shown


def test_every_family_of_the_recording_has_the_labels_of_the_catalogue(replay: Replay) -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for sample in replay.page.samples:
        if sample.name.startswith("airflow_") and not sample.name.startswith("airflow_statsd_unknown"):
            shown[_family(sample.name)] |= set(without_empty(sample.labels)) - {"le"}
    expected = {name: _possible_labels(BY_NAME[name], replay.options) for name in shown}
    if replay.options.version != "3.3" and not replay.told(r"airflow\.executor\.open_slots\..+"):
        # Before 3.3 an executor is named only if there are several.
        for metric in (
            capacity.EXECUTOR_OPEN_SLOTS,
            capacity.EXECUTOR_QUEUED_TASKS,
            capacity.EXECUTOR_RUNNING_TASKS,
        ):
            expected[metric.name] = set()
    if replay.options.version in {"2.7", "2.8"} and replay.options.profile.tagged:
        # Sent, this tag would end every task's supervisor there.
        expected[tasks.TASK_EXITS.name] -= {"return_code"}
    if replay.options.version == "3.0" and replay.options.profile is Profile.TAGS:
        # 3.0 hands over a path that is no text, and its own InfluxDB client drops that.
        expected[parsing.PROCESSOR_TIMEOUTS.name] -= {"file_path"}
    assert dict(shown) == expected


def test_counts_and_sums_are_those_of_the_recorded_lines_once(replay: Replay) -> None:
    """Each rule read by Python against each name: nothing is shadowed, doubled or lost on the way."""
    expected: dict[str, list[float]] = defaultdict(list)
    events: Counter[str] = Counter()
    for line in replay.lines:
        body = _entry(line.name, line.wire, replay).body
        if body.get("action") == "drop" or BY_NAME[body["name"]].kind is Kind.GAUGE or line.value < 0:
            continue
        seconds = 0.001 if line.wire is Wire.TIMER else 1
        expected[body["name"]].append(line.times * line.value * seconds * body.get("scale", 1))
        events[body["name"]] += line.times
    for name, values in expected.items():
        histogram = BY_NAME[name].kind is Kind.HISTOGRAM
        total = replay.page.value(f"{name}_sum" if histogram else name)
        assert math.isclose(total, math.fsum(values), rel_tol=1e-9), name
        if histogram:
            assert replay.page.value(f"{name}_count") == events[name], name


def test_every_line_becomes_its_series_with_its_labels_and_value(replay: Replay) -> None:
    """Labels worked out from the entry that must take the line, and the tags that it came with."""
    sums: dict[tuple[str, frozenset[tuple[str, str]]], list[float]] = defaultdict(list)
    gauges: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for line in replay.lines:
        entry = _entry(line.name, line.wire, replay)
        if entry.body.get("action") == "drop" or (line.wire is Wire.COUNTER and line.value < 0):
            continue
        labels = frozenset(without_empty({**line.tags, **_labels(entry, line.name)}).items())
        if line.wire is Wire.GAUGE:
            gauges.add((entry.body["name"], labels))
            continue
        timer = line.wire is Wire.TIMER
        factor = entry.body.get("scale", 1) / 1000 if timer else 1
        name = f"{entry.body['name']}_sum" if timer else entry.body["name"]
        sums[name, labels].append(line.times * line.value * factor)
    shown = {
        (sample.name, frozenset(without_empty(sample.labels).items())): sample.value
        for sample in replay.page.samples
        if sample.name.startswith("airflow_") and not re.search(r"_(bucket|count|created)$", sample.name)
    }
    assert set(shown) == set(sums) | gauges
    expected = {series: math.fsum(values) for series, values in sums.items()}
    assert {series: shown[series] for series in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("family", "only_plain", "only_tags"),
    [
        pytest.param(
            "airflow_ti_start_total",
            r"airflow\.ti\.start\..+",
            r"airflow\.ti\.start",
            id="task starts",
        ),
        pytest.param(
            "airflow_ti_finish_total",
            r"airflow\.ti\.finish\..+",
            r"airflow\.ti\.finish",
            id="task ends",
        ),
        pytest.param(
            "airflow_operator_failures_total",
            r"airflow\.operator_failures_.+",
            r"airflow\.operator_failures",
            id="operator failures",
        ),
        pytest.param(
            "airflow_task_instances_created_total",
            r"airflow\.task_instance_created_.+",
            r"airflow\.task_instance_created",
            id="task instances created",
        ),
    ],
)
def test_an_event_that_airflow_sends_twice_counts_once(
    replay: Replay, family: str, only_plain: str, only_tags: str
) -> None:
    told = replay.told(only_tags if replay.options.profile.tagged else only_plain)
    # The task processes of 3.0 send nothing.
    assert bool(told) == (replay.options.version != "3.0" or "_ti_" not in family)
    assert replay.page.value(family) == sum(line.times * line.value for line in told)


def test_the_delay_that_3_3_sends_three_times_counts_once(replay: Replay) -> None:
    family = "airflow_dagrun_first_task_scheduling_delay_seconds_count"
    if replay.options.version == "3.3":
        told = replay.told(r"airflow\.dagrun\.first_task_scheduling_delay")
    else:
        told = [
            line
            for line in replay.told(r"airflow\.dagrun\..+\.first_task_scheduling_delay")
            if not re.match(r"airflow\.dagrun\.(schedule_delay|duration|dependency-check)\.", line.name)
        ]
    assert replay.page.value(family) == sum(line.times for line in told)


@pytest.mark.parametrize(
    ("family", "at_least", "at_most"),
    [
        # Wide, and narrower than the factor of 1000 by which a wrong unit would miss.
        pytest.param("airflow_dag_processing_last_duration_seconds", 0.05, 10, id="parse"),
        pytest.param("airflow_task_queued_duration_seconds", 0.1, 60, id="queued"),
        pytest.param("airflow_task_scheduled_duration_seconds", 0.1, 60, id="scheduled"),
        pytest.param("airflow_task_duration_seconds", 0.5, 60, id="task"),
        pytest.param("airflow_dagrun_duration_seconds", 1, 300, id="run"),
        pytest.param("airflow_dagrun_schedule_delay_seconds", 0.5, 120, id="schedule delay"),
        pytest.param("airflow_scheduler_loop_seconds", 0.01, 30, id="loop"),
        pytest.param("airflow_dagrun_dependency_check_seconds", 0.001, 0.5, id="check"),
    ],
)
def test_the_median_of_a_timer_is_in_seconds(
    replay: Replay, family: str, at_least: float, at_most: float
) -> None:
    count = replay.page.value(f"{family}_count")
    assert replay.page.value(f"{family}_bucket", le="+Inf") == count
    if not any(_entry(line.name, line.wire, replay).body["name"] == family for line in replay.lines):
        assert count == 0
        return
    assert at_least <= _median(replay.page, family) <= at_most


def test_exposition_passes_promtool(replay: Replay) -> None:
    ours = "".join(
        line + "\n" for line in replay.page.text.splitlines() if re.match(r"(# (HELP|TYPE) )?airflow_", line)
    )
    done = subprocess.run(
        [programs.promtool(), "check", "metrics"], input=ours, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _median(page: Page, family: str) -> float:
    """Upper bound of the bucket that the median falls into."""
    buckets: Counter[float] = Counter()
    for sample in page.samples:
        if sample.name == f"{family}_bucket":
            buckets[float(sample.labels["le"])] += int(sample.value)
    half = page.value(f"{family}_count") / 2
    return min(bound for bound, count in buckets.items() if count >= half)


def _family(sample_name: str) -> str:
    if sample_name in BY_NAME:
        return sample_name
    return re.sub(r"_(count|sum|bucket)$", "", sample_name)


def _possible_labels(metric: Metric, options: Options) -> set[str]:
    return {label for rule in rules(options) if rule.metric == metric for label in rule.label_names}


@cache
def _entries(wire: Wire, options: Options) -> tuple[Entry, ...]:
    known = entries(options)
    globs_first = sorted(known, key=lambda entry: entry.match.regex)
    return tuple(entry for entry in globs_first if entry.wire in {wire, None})


def _entry(name: str, wire: Wire, replay: Replay) -> Entry:
    """The entry that statsd_exporter must choose: the first glob that fits, else the first expression."""
    return next(entry for entry in _entries(wire, replay.options) if _fits(entry, name))


def _labels(entry: Entry, name: str) -> dict[str, str]:
    """The labels of an entry, its templates filled from the name."""
    if entry.match.regex:
        found = re.search(entry.match.text, name)
        parts = list(found.groups()) if found else []
    else:
        both = zip(entry.match.text.split("."), name.split("."), strict=True)
        parts = [word for part, word in both if part == "*"]
    return {
        label: re.sub(r"\$\{(\d+)\}", lambda number: parts[int(number[1]) - 1], template)
        for label, template in entry.body.get("labels", {}).items()
    }


def _fits(entry: Entry, name: str) -> bool:
    if entry.match.regex:
        return bool(re.search(entry.match.text, name))
    parts, words = entry.match.text.split("."), name.split(".")
    return len(parts) == len(words) and all(
        part in {"*", word} for part, word in zip(parts, words, strict=True)
    )
