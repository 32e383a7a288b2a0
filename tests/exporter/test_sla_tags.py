"""SLAs by DAG tags: what each tag says, what is wrong, and how they stand beside the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_world import World, at, by_key, dag, run, slas
from windsock.facts import Facts
from windsock.sla import Engine, Register, Standing, samples
from windsock.sla.rules import Defaults, Sla
from windsock.sla.status import WrongTag
from windsock.sla.tags import looks_like, read
from windsock.state import State

NOTHING = "slas: []"
DONE = run("2026-03-01 02:00", end="2026-03-01 03:00")


def _entries(*tags: str, defaults: str = "{}") -> dict[str, Sla]:
    declared = read(tags, slas(f"slas: []\ndefaults: {defaults}").defaults)
    assert declared.wrong == ()
    return {entry.kind: entry for entry in declared.entries}


def _why(*tags: str) -> dict[str, str]:
    return dict(read(tags, Defaults()).wrong)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("sla:finish_by=06:30@Europe/Berlin", "06:30 Europe/Berlin"),
        ("sla:finish_by=06:30", "06:30 UTC"),
        ("sla:max_age=26h", "26h after last success"),
        ("sla:max_run_time=2x", "2x usual after start"),
        ("sla:max_run_time=45m", "45m after start"),
        ("sla:max_start_delay=10m", "start 10m after due"),
        ("sla:success_ratio=90% of 20", "90% of 20 runs"),
    ],
)
def test_tag_declares_a_promise(tag: str, text: str) -> None:
    (entry,) = _entries(tag).values()
    assert entry.deadline_text == text


def test_several_kinds_stand_side_by_side_and_other_tags_are_none_of_ours() -> None:
    assert set(_entries("sla:max_age=26h", "sla:finish_by=06:30", "finance", "slack", "sla", "x:sla:y")) == {
        "max_age",
        "finish_by",
    }


def test_further_tags_say_how_important_it_is_and_when_it_holds() -> None:
    found = _entries(
        *("sla:finish_by=06:30", "sla:max_age=26h", "sla:severity=ticket", "sla:tier=1", "sla:grace=5m"),
        *("sla:days=mon, tue", "sla:holidays=DE,AT", "sla:at_risk_severity=info"),
    )
    clock = found["finish_by"]
    assert (clock.days, clock.holidays, clock.severity, clock.tier) == (
        ("mon", "tue"),
        ("DE", "AT"),
        "ticket",
        "1",
    )
    assert {(entry.grace, entry.severity_at_risk) for entry in found.values()} == {("5m", "info")}


def test_defaults_of_the_file_hold_for_tags() -> None:
    found = _entries("sla:finish_by=06:30", defaults="{timezone: Asia/Tokyo, severity: ticket}")
    assert (found["finish_by"].timezone, found["finish_by"].severity) == ("Asia/Tokyo", "ticket")
    zoned = _entries("sla:finish_by=06:30@Europe/Rome", defaults="{timezone: Asia/Tokyo}")
    assert zoned["finish_by"].timezone == "Europe/Rome"


@pytest.mark.parametrize(
    ("tags", "wrong", "why"),
    [
        (["sla:max_age=26"], "sla:max_age=26", "expected a duration longer than 0s, e.g. 26h, 90m or 1d12h"),
        (["sla:finish_by=6:30"], "sla:finish_by=6:30", 'expected a time of day from "00:00" to "23:59"'),
        (
            ["sla:finish_by=06:30@Europe/Berln"],
            "sla:finish_by=06:30@Europe/Berln",
            "unknown time zone; did you mean Europe/Berlin",
        ),
        (
            ["sla:maxage=26h"],
            "sla:maxage=26h",
            "unknown key maxage; did you mean max_age? (known:",
        ),
        (["sla:gold"], "sla:gold", "unknown key gold (known: finish_by, max_age,"),
        (["sla:max_age"], "sla:max_age", "expected a value, sla:max_age=…"),
        (["SLA:max_age=26h"], "SLA:max_age=26h", "write it with sla: in front, in small letters"),
        (
            ["sla:max_age=1d", "sla:max_age=2d"],
            "sla:max_age=2d",
            "max_age stands twice, first in sla:",
        ),
        (["sla:success_ratio=99% of 20"], "sla:success_ratio=99% of 20", "one failure in 20 runs leaves 95%"),
        (["sla:severity=ticket"], "sla:severity=ticket", "severity belongs to an SLA, which no good tag"),
        (["sla:max_age=1d", "sla:days=mon"], "sla:days=mon", "days belongs to finish_by, which no good tag"),
        (["sla:max_age=1d", "sla:severity=loud"], "sla:severity=loud", "input should be 'page', 'ticket' or"),
        (["sla:finish_by=06:30", "sla:days=monday"], "sla:days=monday", "input should be 'mon', 'tue'"),
        (["sla:max_age=1d", "sla:team=x"], "sla:team=x", "unknown key team"),
    ],
)
def test_wrong_tag_is_named_with_what_is_valid(tags: list[str], wrong: str, why: str) -> None:
    found = _why(*tags)
    assert list(found) == [wrong]
    assert found[wrong].startswith(why)


def test_good_tags_count_beside_a_wrong_one() -> None:
    declared = read(["sla:max_age=1d", "sla:severity=loud", "sla:tier=2"], Defaults())
    (entry,) = declared.entries
    assert (entry.max_age, entry.severity, entry.tier) == ("1d", "page", "2")


keys = st.sampled_from(
    ["finish_by", "max_age", "max_run_time", "success_ratio", "severity", "days", "holidays", "grace", "nope"]
)
values = st.one_of(
    st.text(max_size=20), st.sampled_from(["06:30", "26h", "2x", "90% of 20", "mon", "DE", "page", "@", "="])
)
tags = st.one_of(
    st.text(max_size=100),
    st.builds("{}{}={}".format, st.sampled_from(["sla:", " sla:", "Sla:"]), keys, values),
)


@given(st.lists(tags, max_size=6, unique=True))
def test_whatever_people_write_as_tags_is_an_sla_or_wrong_or_none_of_ours(found: list[str]) -> None:
    declared = read(found, Defaults())
    assert all(looks_like(tag) and why and why.isprintable() for tag, why in declared.wrong)
    assert {entry.tag for entry in declared.entries} <= set(found) - {tag for tag, _ in declared.wrong}
    assert {tag for tag in found if not looks_like(tag)} & {tag for tag, _ in declared.wrong} == set()


def test_tag_makes_an_sla_without_any_file() -> None:
    status = World(NOTHING).one("2026-03-01 12:00", dag(tags=("sla:max_age=26h", "x"), runs=(DONE,)))
    assert (status.sla, status.standing, status.deadline) == ("max_age", Standing.OK, at("2026-03-02 05:00"))


def test_file_wins_over_the_tag_where_both_give_one_dag_the_same_sla() -> None:
    tagged = dag(tags=("sla:max_age=26h", "sla:max_run_time=1h"), runs=(DONE,))
    found = by_key(World("slas: [{dag: 'fin*', max_age: 2d}]").see("2026-03-01 12:00", tagged))
    assert {key[0]: status.deadline_text for key, status in found.items()} == {
        "max_age": "2d after last success",
        "max_run_time": "1h after start",
    }


def test_file_can_switch_tags_off() -> None:
    world = World("dag_tags: false\nslas: []")
    assert world.see("2026-03-01 12:00", dag(tags=("sla:max_age=26h", "sla:oops"))) == ()
    assert world.engine.wrong_tags == ()


def test_wrong_tag_is_known_with_its_dags_team_and_counted() -> None:
    world = World(NOTHING)
    world.see("2026-03-01 12:00", dag(tags=("sla:max_age=26",), team="finance"))
    (wrong,) = world.engine.wrong_tags
    assert (wrong.dag_id, wrong.team, wrong.tag) == ("finance_daily", "finance", "sla:max_age=26")
    counted = [(metric.name, labels, value) for metric, labels, value in samples((), world.engine.wrong_tags)]
    assert counted == [("airflow_sla_problems", ("finance", "tag"), 1.0)]
    world.see("2026-03-01 12:01", dag(team="finance"))
    assert world.engine.wrong_tags == ()


def test_removing_the_tag_removes_the_sla_and_its_breach() -> None:
    world = World(NOTHING)
    tagged = dag(tags=("sla:max_age=1h",), runs=(DONE,))
    assert world.one("2026-03-01 12:00", tagged).standing is Standing.BREACHED
    assert world.see("2026-03-01 12:01", dag(runs=(DONE,))) == ()


@pytest.mark.parametrize("text", [NOTHING, "slas: [{tag: hourly, max_age: 1h}]"], ids=["of a tag", "by tag"])
def test_restart_while_the_database_is_down_keeps_a_breach(text: str, tmp_path: Path) -> None:
    tags = ("hourly",) if "hourly" in text else ("sla:max_age=1h",)
    World(text, tmp_path).one("2026-03-01 12:00", dag(tags=tags, runs=(DONE,)))
    (status,) = World(text, tmp_path).blind("2026-03-01 13:00")
    assert (status.standing, status.late, status.dag_id) == (Standing.BREACHED, 9 * 3600, "finance_daily")


def test_while_tags_cannot_be_read_those_of_before_count() -> None:
    world = World(NOTHING)
    world.one("2026-03-01 12:00", dag(tags=("sla:max_age=1h",), runs=(DONE,)))
    untagged = Facts(now=at("2026-03-01 12:01"), dags={"finance_daily": dag()}, tags_known=False)
    (status,) = world.engine.evaluate(untagged, untagged.now)
    assert status.standing is Standing.BREACHED


def test_while_tags_cannot_be_read_the_team_of_before_counts() -> None:
    world = World("slas: [{of_team: finance, max_age: 1h}]")
    assert world.one("2026-03-01 12:00", dag(team="finance", runs=(DONE,))).standing is Standing.BREACHED
    untagged = Facts(now=at("2026-03-01 12:01"), dags={"finance_daily": dag()}, tags_known=False)
    (status,) = world.engine.evaluate(untagged, untagged.now)
    assert status.standing is Standing.BREACHED


def test_dag_with_a_tag_that_vanishes_takes_its_sla_along_after_a_day() -> None:
    world = World(NOTHING)
    world.one("2026-03-01 12:00", dag(tags=("sla:max_age=1h",), runs=(DONE,)))
    assert len(world.see("2026-03-01 13:00")) == 1
    assert world.see("2026-03-02 13:00") == ()


def test_dag_whose_runs_are_not_read_yet_is_unknown_and_nothing_is_judged() -> None:
    register = Register(slas("slas: [{tag: hourly, max_age: 1h}]"))
    engine, tagged = Engine(register, State(None)), dag(tags=("hourly",), team="finance")
    unread = Facts(now=at("2026-03-01 12:00"), dags={"finance_daily": tagged}, watched=frozenset())
    (status,) = engine.evaluate(unread, unread.now)
    assert (status.standing, status.team) == (Standing.UNKNOWN, "finance")
    now = unread.now + timedelta(hours=2)
    (status,) = engine.evaluate(Facts(now=now, dags={"finance_daily": tagged}), now)
    assert (status.standing, status.deadline) == (Standing.OK, now + timedelta(hours=1))


def test_problem_of_one_team_does_not_hide_anothers() -> None:
    wrong = [WrongTag(dag_id=name, team=name[0], tag="sla:x", why="y") for name in ("a1", "a2", "b1")]
    assert {labels: value for _, labels, value in samples((), wrong)} == {
        ("a", "tag"): 2.0,
        ("b", "tag"): 1.0,
    }
