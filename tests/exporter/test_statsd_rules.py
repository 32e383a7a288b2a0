"""The rules of every mapping: complete, without overlap, and safe for statsd_exporter."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.catalog.statsd import DROPS, METRICS, unknown
from windsock.metric import Kind, Statsd
from windsock.statsd.rules import PREFIX, Rule, emptied_on_unknown_lines, rules
from windsock.wire import VERSIONS, Form, Line, LineError, Profile, Reason, Wire, pattern

EVERY = [(version, profile) for version in VERSIONS for profile in Profile]
every_mapping = pytest.mark.parametrize(
    ("version", "profile"), [pytest.param(*one, id=f"{one[0]}-{one[1].value}") for one in EVERY]
)

# What statsd_exporter takes as a segment of a glob; ours have no wildcard.
_SEGMENT = r"[a-zA-Z_][a-zA-Z0-9_-]*"

id_without_dot = st.text("abcXYZ019_-", min_size=1, max_size=30)
dotted_id = st.lists(id_without_dot, min_size=1, max_size=4).map(".".join)


def _rule(version: str, profile: Profile, line: str, wire: Wire) -> Rule:
    found = [rule for rule in rules(version, profile) if (rule.line, rule.wire) == (line, wire)]
    assert len(found) == 1, found
    return found[0]


@every_mapping
def test_no_line_has_two_rules(version: str, profile: Profile) -> None:
    matches = Counter((rule.match, rule.wire) for rule in rules(version, profile))
    assert [match for match, times in matches.items() if times > 1] == []


@every_mapping
def test_a_rule_maps_or_has_a_reason_in_words(version: str, profile: Profile) -> None:
    for rule in rules(version, profile):
        assert (rule.metric is None) == (rule.reason is not None), rule
        assert (rule.reason is None) == (rule.why == ""), rule


@every_mapping
def test_globs_are_whole_names_and_no_glob_begins_with_a_later_one(version: str, profile: Profile) -> None:
    globs = [rule.match for rule in rules(version, profile) if not rule.regex]
    assert [glob for glob in globs if not re.fullmatch(rf"{_SEGMENT}(\.{_SEGMENT})*", glob)] == []
    for number, glob in enumerate(globs):
        assert [earlier for earlier in globs[:number] if earlier.startswith(f"{glob}.")] == []


@every_mapping
def test_expressions_are_anchored_and_end_in_the_unknown_rules_and_the_guard(
    version: str, profile: Profile
) -> None:
    expressions = [rule for rule in rules(version, profile) if rule.regex]
    assert all(
        rule.match.startswith(rf"^{PREFIX}\.") and rule.match.endswith("$") for rule in expressions[:-4]
    )
    assert [rule.metric for rule in expressions[-4:-1]] == list(unknown.METRICS)
    assert (expressions[-1].match, expressions[-1].reason) == ("^$", Reason.NAMELESS)
    for rule in expressions:
        assert not re.search(r"[*+]\)?[*+]|\(\?", rule.match), "nested repeats and look-around"


@every_mapping
def test_no_rule_drops_what_it_cannot_name(version: str, profile: Profile) -> None:
    dropped = [rule for rule in rules(version, profile) if rule.reason and rule.reason is not Reason.NAMELESS]
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
def test_a_counter_or_timer_never_gets_both_of_its_twins(version: str, profile: Profile) -> None:
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        for line in metric.source.lines:
            if version in line.versions and len(line.forms(profile)) == 2:
                assert metric.kind is Kind.GAUGE, line


@every_mapping
def test_a_gauge_keeps_every_tag_that_tells_its_entity(version: str, profile: Profile) -> None:
    """Without one of them a series would show the last value of several entities."""
    redundant = {"status", "name", "queues"}
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        for line in metric.source.lines if metric.kind is Kind.GAUGE else ():
            assert set(line.tags) - redundant <= set(metric.labels), line


def test_every_family_but_the_unknown_ones_is_fed_by_some_version() -> None:
    fed = {rule.metric for one in EVERY for rule in rules(*one) if rule.metric and rule.line}
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
    rule = _rule(version, Profile(profile), line, Wire(wire))
    assert outcome == (rule.reason or str(rule.metric))


@pytest.mark.parametrize(
    ("version", "line", "scale"),
    [
        pytest.param("2.11", "task.queued_duration", 1000, id="queued, seconds as ms"),
        pytest.param("2.11", "task.scheduled_duration", 1000, id="scheduled, seconds as ms"),
        pytest.param("3.3", "task.scheduled_duration", 1, id="scheduled, mended"),
        pytest.param("2.11", "dag_processing.last_duration", 1, id="parse, right"),
        pytest.param("3.3", "dag_processing.last_duration", 1000, id="parse, seconds as ms"),
        pytest.param("2.11", "task.duration", 1, id="task, right"),
    ],
)
def test_the_scale_is_that_of_the_version(version: str, line: str, scale: float) -> None:
    assert _rule(version, Profile.TAGS, line, Wire.TIMER).scale == scale


def test_tags_that_are_no_label_are_emptied_and_the_others_arrive() -> None:
    rule = _rule("3.3", Profile.TAGS, "operator_failures", Wire.COUNTER)
    assert rule.labels == {"dag_id": "", "task_id": ""}
    assert rule.tags == ("operator_name",)
    assert rule.label_names == {"operator_name"}


def test_tags_of_every_version_are_emptied_on_unknown_lines() -> None:
    assert {"dag_id", "task_id", "run_type", "operator", "pool_name", "kwargs", "team_name", "job_id"} <= set(
        emptied_on_unknown_lines()
    )


@given(dag_id=id_without_dot, task_id=dotted_id, state=id_without_dot)
def test_a_name_is_split_into_its_ids(dag_id: str, task_id: str, state: str) -> None:
    labels = ("dag_id", "task_id", "state")
    expression = pattern("ti.finish.{dag_id}.{task_id}.{state}", prefix=PREFIX, capture=labels)
    found = re.search(expression, f"airflow.ti.finish.{dag_id}.{task_id}.{state}")
    assert found
    assert found.groups() == (dag_id, task_id, state)


@given(dag_id=dotted_id)
def test_an_id_in_the_middle_may_hold_dots_if_it_is_the_only_one(dag_id: str) -> None:
    expression = pattern("dagrun.{dag_id}.first_task_scheduling_delay", prefix=PREFIX, capture=["dag_id"])
    found = re.search(expression, f"airflow.dagrun.{dag_id}.first_task_scheduling_delay")
    assert found
    assert found.group(1) == dag_id


@given(name=st.text("abc._-", min_size=1, max_size=40))
def test_a_dot_of_the_name_is_a_dot(name: str) -> None:
    assert re.search(pattern(name, prefix=PREFIX), f"airflow.{name}")
    if "." in name:
        assert not re.search(pattern(name, prefix=PREFIX), f"airflow.{name.replace('.', 'x')}")


@every_mapping
def test_of_two_expressions_that_fit_the_more_literal_one_is_meant(version: str, profile: Profile) -> None:
    name = "airflow.dagrun.schedule_delay.first_task_scheduling_delay"
    first = next(rule for rule in rules(version, profile) if rule.regex and re.search(rule.match, name))
    assert first.line == "dagrun.schedule_delay.{dag_id}"


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
    ],
)
def test_a_line_that_contradicts_itself_is_refused(line: dict[str, object], said: str) -> None:
    with pytest.raises(LineError, match=re.escape(said)):
        Line(**line)  # type: ignore[arg-type]


def test_a_mapping_for_tags_takes_the_legacy_name_where_there_is_no_other() -> None:
    line = Line(name=None, legacy="task.cpu_usage.{dag_id}.{task_id}")
    assert [line.forms(profile) for profile in Profile] == [(Form.LEGACY,), (Form.LEGACY,)]
