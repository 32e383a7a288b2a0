"""The rules of every mapping: complete, without overlap, and safe for statsd_exporter."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.mappings import EVERY, every_mapping
from windsock.airflow_versions import VERSIONS
from windsock.catalog.statsd import DROPS, METRICS, unknown
from windsock.metric import Kind, Statsd
from windsock.statsd.entries import entries
from windsock.statsd.options import PREFIX, Cardinality, Options, choose, kept
from windsock.statsd.rules import WIRES, Rule, emptied_on_unknown_lines, rules
from windsock.statsd.units import scale
from windsock.wire import Form, Line, LineError, Profile, Reason, Timing, Wire

# What statsd_exporter takes as a segment of a glob.
_SEGMENT = r"([a-zA-Z_][a-zA-Z0-9_-]*|\*)"


def _rule(options: Options, line: str, wire: Wire) -> Rule:
    found = [rule for rule in rules(options) if (rule.line, rule.wire) == (line, wire)]
    assert len(found) == 1, found
    return found[0]


@every_mapping
def test_no_line_has_two_rules(options: Options) -> None:
    found = Counter((entry.match.text, entry.wire) for entry in entries(options))
    assert [match for match, times in found.items() if times > 1] == []


@every_mapping
def test_a_rule_maps_or_has_a_reason_in_words(options: Options) -> None:
    for rule in rules(options):
        assert (rule.metric is None) == (rule.reason is not None), rule
        assert (rule.reason is None) == (rule.why == ""), rule


@every_mapping
def test_globs_are_words_and_stars_and_none_begins_with_a_later_one(options: Options) -> None:
    globs = [entry.match.text for entry in entries(options) if not entry.match.regex]
    assert [glob for glob in globs if not re.fullmatch(rf"{_SEGMENT}(\.{_SEGMENT})*", glob)] == []
    for number, glob in enumerate(globs):
        assert [earlier for earlier in globs[:number] if earlier.startswith(f"{glob}.")] == []


@every_mapping
def test_expressions_are_anchored_and_end_in_the_unknown_rules_and_the_guard(options: Options) -> None:
    expressions = [entry for entry in entries(options) if entry.match.regex]
    own = [entry.match.text for entry in expressions if entry.line]
    assert all(text.startswith(rf"^{PREFIX}\.") and text.endswith("$") for text in own)
    rest = [entry.body["name"] for entry in expressions if not entry.line]
    client = ["client"] if options.profile is Profile.DOGSTATSD else []
    assert rest == [*(metric.name for metric in unknown.METRICS), *client, "nameless"]
    assert [entry.line for entry in expressions[-len(rest) :]] == [""] * len(rest)
    for text in own:
        assert not re.search(r"[*+]\)?[*+]|\(\?", text), "nested repeats and look-around"


@every_mapping
def test_no_rule_drops_what_it_cannot_name(options: Options) -> None:
    unnamed = {Reason.NAMELESS, Reason.CLIENT}
    dropped = [rule for rule in rules(options) if rule.reason and rule.reason not in unnamed]
    assert all(rule.line for rule in dropped)
    known = {drop.name for drop in DROPS} | {
        name
        for metric in METRICS
        if isinstance(metric.source, Statsd)
        for line in metric.source.lines
        for name in (line.name, line.legacy)
    }
    assert {rule.line for rule in dropped} <= known


@every_mapping
def test_a_counter_or_timer_never_gets_both_of_its_twins(options: Options) -> None:
    """But for OpenLineage's, of which one release of the provider sends one and another the other."""
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        for line in metric.source.lines:
            if options.version in line.versions and len(line.forms(options.profile)) == 2:
                assert metric.kind is Kind.GAUGE or line.name == "ol.extract", line


@every_mapping
def test_a_gauge_keeps_every_tag_that_tells_its_entity(options: Options) -> None:
    """Without one of them a series would show the last value of several entities."""
    redundant = {"status", "name", "queues"}
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        for line in metric.source.lines if metric.kind is Kind.GAUGE else ():
            for preset in Cardinality:
                labels = kept(metric, preset)
                assert labels is None or set(line.tags) - redundant <= set(labels), (line, options)


def test_every_family_but_the_unknown_ones_is_fed_by_some_version() -> None:
    fed = {rule.metric for one in EVERY for rule in rules(one) if rule.metric and rule.line}
    assert set(METRICS) - fed == set(unknown.METRICS)


@pytest.mark.parametrize(
    ("version", "profile", "line", "wire", "outcome"),
    [
        pytest.param("3.3", "tags", "ti.start", "c", "airflow_ti_start_total", id="plain name with tags"),
        pytest.param(
            "3.3", "tags", "ti.start.{dag_id}.{task_id}", "c", Reason.TWIN, id="legacy name with tags"
        ),
        pytest.param("3.3", "plain", "ti.start", "c", Reason.TWIN, id="plain name without tags"),
        pytest.param(
            "3.3",
            "plain",
            "ti.start.{dag_id}.{task_id}",
            "c",
            "airflow_ti_start_total",
            id="legacy name without tags",
        ),
        pytest.param("3.3", "plain", "ti.awaiting_input", "g", Reason.AMBIGUOUS, id="gauge without its id"),
        pytest.param("3.3", "tags", "ti.awaiting_input", "g", "airflow_ti_current", id="the same with tags"),
        pytest.param("3.3", "plain", "task.queued_duration", "ms", Reason.DEAD, id="documented, never sent"),
        pytest.param(
            "3.3",
            "plain",
            "dagrun.{dag_id}.first_task_scheduling_delay",
            "ms",
            Reason.TWIN,
            id="legacy name that comes twice",
        ),
        pytest.param(
            "2.11",
            "plain",
            "local_task_job.task_exit.{job_id}.{dag_id}.{task_id}.{return_code}",
            "c",
            Reason.UNBOUNDED,
            id="job id in the name",
        ),
        pytest.param(
            "2.11",
            "tags",
            "operator_failures_{operator_name}",
            "c",
            "airflow_operator_failures_total",
            id="one label for two tags",
        ),
        pytest.param(
            "2.11",
            "tags",
            "zombies_killed",
            "c",
            "airflow_task_instances_without_heartbeats_killed_total",
            id="renamed, old",
        ),
        pytest.param(
            "3.3",
            "tags",
            "task_instances_without_heartbeats_killed",
            "c",
            "airflow_task_instances_without_heartbeats_killed_total",
            id="renamed, new",
        ),
    ],
)
def test_what_becomes_of_a_line(
    version: str, profile: str, line: str, wire: str, outcome: str | Reason
) -> None:
    rule = _rule(Options(version=version, profile=Profile(profile)), line, Wire(wire))
    assert outcome == (rule.reason or str(rule.metric))


@pytest.mark.parametrize(
    ("timing", "tags", "dogstatsd"),
    [
        pytest.param(Timing.TIMER, "", "2.7 2.11 on 3.0 3.3", id="timer"),
        pytest.param(Timing.TIMEDELTA, "", "2.7 2.11", id="timedelta"),
        pytest.param(Timing.SECONDS, "2.7 2.11 3.0 3.3", "2.7 2.11 3.0 3.3", id="seconds as a number"),
        pytest.param(Timing.MILLISECONDS, "", "", id="milliseconds as a number"),
    ],
)
def test_what_is_sent_in_seconds_is_multiplied(timing: Timing, tags: str, dogstatsd: str) -> None:
    """By client and version; `on` is 2.11 with timer_unit_consistency."""
    for profile, in_seconds in ((Profile.TAGS, tags), (Profile.PLAIN, tags), (Profile.DOGSTATSD, dogstatsd)):
        for version in ("2.7", "2.11", "on", "3.0", "3.3"):
            options = Options(
                version="2.11" if version == "on" else version,
                profile=profile,
                timer_unit_consistency=version == "on",
            )
            assert scale(Line(name="a", timing=timing), options) == (
                1000 if version in in_seconds.split() else 1
            ), options


@pytest.mark.parametrize(
    ("version", "line", "factor"),
    [
        pytest.param("2.8", "task.queued_duration", 1000, id="queued, seconds as ms"),
        pytest.param("2.10", "task.queued_duration", 1, id="queued, mended"),
        pytest.param("2.11", "task.queued_duration", 1000, id="queued, broken again"),
        pytest.param("2.11", "task.scheduled_duration", 1000, id="scheduled, seconds as ms"),
        pytest.param("3.3", "task.scheduled_duration", 1, id="scheduled, mended"),
        pytest.param("2.11", "dag_processing.last_duration", 1, id="parse, right"),
        pytest.param("3.3", "dag_processing.last_duration", 1000, id="parse, seconds as ms"),
        pytest.param("2.11", "task.duration", 1, id="task, right"),
    ],
)
def test_the_scale_is_that_of_the_version(version: str, line: str, factor: float) -> None:
    assert _rule(Options(version=version), line, Wire.TIMER).scale == factor


@pytest.mark.parametrize(
    ("typed", "factor"),
    [
        pytest.param("2.9.0", 1000, id="2.9.0"),
        pytest.param("2.9.2", 1000, id="2.9.2"),
        pytest.param("2.9.3", 1, id="mended"),
        pytest.param("2.9", 1, id="the newest of the line"),
        pytest.param("2.10.0", 1, id="2.10"),
    ],
)
def test_a_patch_release_that_mended_a_unit_counts(typed: str, factor: float) -> None:
    for profile in (Profile.TAGS, Profile.PLAIN):
        chosen = choose(version=typed, profile=profile.value)
        form = "task.queued_duration"
        name = form if profile is Profile.TAGS else "dag.{dag_id}.{task_id}.queued_duration"
        assert _rule(chosen, name, Wire.TIMER).scale == factor


def test_where_a_legacy_name_surely_has_its_ids_as_tags_these_are_taken() -> None:
    name = "dag.{dag_id}.{task_id}.duration"
    tagged = _rule(Options(version="2.7"), name, Wire.TIMER)
    assert tagged.tags == ("dag_id", "task_id")
    assert not any(match.ids for match in tagged.matches)
    plain = _rule(Options(version="2.7", profile=Profile.PLAIN), name, Wire.TIMER)
    assert [set(match.ids) for match in plain.matches] == [{"dag_id", "task_id"}] * 3


@pytest.mark.parametrize(
    ("preset", "labels"),
    [
        pytest.param(Cardinality.MINIMAL, {"dag_id"}, id="minimal"),
        pytest.param(Cardinality.DEFAULT, {"dag_id", "task_id"}, id="default"),
        pytest.param(Cardinality.FULL, {"dag_id", "task_id"}, id="full"),
    ],
)
def test_a_preset_keeps_its_labels(preset: Cardinality, labels: set[str]) -> None:
    for profile in Profile:
        options = Options(version="3.3", profile=profile, cardinality=preset)
        line = "ti.start.{dag_id}.{task_id}" if profile is Profile.PLAIN else "ti.start"
        assert _rule(options, line, Wire.COUNTER).label_names == labels


def test_minimal_drops_gauges_that_say_nothing_without_their_task() -> None:
    options = Options(version="3.3", cardinality=Cardinality.MINIMAL)
    assert _rule(options, "ti.running", Wire.GAUGE).reason is Reason.CARDINALITY
    assert _rule(options, "pool.open_slots", Wire.GAUGE).label_names == {"pool_name"}


def test_full_adds_no_label_without_bound() -> None:
    endless = {"job_id", "run_id", "dagrun_id", "kwargs", "result", "path", "queues"}
    for metric in METRICS:
        assert not endless & (set(kept(metric, Cardinality.FULL) or ()) - set(metric.labels))


def test_tags_that_are_no_label_are_emptied_and_the_others_arrive() -> None:
    rule = _rule(Options(version="3.3"), "operator_failures", Wire.COUNTER)
    assert rule.labels == {"dag_id": "", "task_id": ""}
    assert rule.tags == ("operator_name",)
    assert rule.label_names == {"operator_name"}


def test_tags_of_every_version_are_emptied_on_unknown_lines() -> None:
    assert {"dag_id", "task_id", "run_type", "operator", "pool_name", "kwargs", "team_name", "job_id"} <= set(
        emptied_on_unknown_lines()
    )


def test_every_line_of_a_version_has_its_rules_in_all_profiles() -> None:
    for version in VERSIONS:
        names = [
            {(rule.line, rule.wire) for rule in rules(Options(version=version, profile=profile)) if rule.line}
            for profile in Profile
        ]
        assert names[0] == names[1] == names[2]
        assert {wire for _, wire in names[0]} == set(WIRES.values())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param({"name": None}, "a plain name, a legacy name or both", id="no name"),
        pytest.param({"name": "a", "versions": ("1.10",)}, "no such Airflow version: 1.10", id="version"),
        pytest.param(
            {"name": "a", "tags": ("state",), "fixed": {"state": "x"}},
            "both fixed and sent",
            id="label twice",
        ),
        pytest.param(
            {"name": "a", "legacy": "a.{dag_id}", "legacy_tags": ("task_id",)},
            "not in the legacy name: task_id",
            id="legacy tag without id",
        ),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(line: dict[str, object], said: str) -> None:
    with pytest.raises(LineError, match=re.escape(said)):
        Line(**line)  # type: ignore[arg-type]


def test_a_mapping_for_tags_takes_the_legacy_name_where_there_is_no_other() -> None:
    line = Line(name=None, legacy="task.cpu_usage.{dag_id}.{task_id}")
    assert [line.forms(profile) for profile in Profile] == [(Form.LEGACY,)] * 3
