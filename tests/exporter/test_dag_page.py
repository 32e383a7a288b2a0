"""`/dags/<id>`: one DAG, its promises, its last runs, its record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest

from tests.exporter.page_world import KEPT, LATE, NOW, VIEW, get, text
from tests.exporter.sla_world import at, dag, run, runs
from windsock.facts import Facts, Run
from windsock.pages.links import page as path_of
from windsock.sla import Cause, Standing, Status
from windsock.sla.entries import Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.record import Reader
from windsock.sla.recorder import News, Recorder
from windsock.sla.rules import Sla
from windsock.view import RunIds, View

ENTRY = Sla(dag="finance_daily", finish_by="06:30")


def _days(count: int, *, minutes: float = 60) -> tuple[Run, ...]:
    """Daily runs due at 5, of so many days before today."""
    return tuple(
        run(
            f"{day:%Y-%m-%d} 05:00",
            end=f"{day + timedelta(minutes=minutes):%Y-%m-%d %H:%M}",
        )
        for number in range(1, count + 1)
        for day in [at("2026-03-02 05:00") - timedelta(days=number)]
    )


def _world(*found: Run, older: tuple[Run, ...] = (), entry: Sla = ENTRY) -> View:
    known = dag(
        "finance_daily",
        owners=("cfo",),
        tags=("pci",),
        team="finance",
        runs=runs(*found),
        schedule="0 5 * * *",
    )
    return replace(
        VIEW,
        facts=Facts(now=NOW, dags={"finance_daily": known}),
        statuses=(replace(LATE, entry=entry), KEPT),
        older={"finance_daily": older},
    )


def test_page_says_whose_it_is_how_it_stands_and_why() -> None:
    shown = text(get("/dags/finance_daily", _world(*_days(3))))
    for line in (
        "team\nfinance\nowner\ncfo\ntags\npci\nschedule\n0 5 * * *",
        "late by 1 h 12 min",
        "Why:\nwaiting for a full pool",
        "Declared:\nslas.yaml:2",
        "Step by step\nPromise: 06:30 UTC; team finance; a breach is a page.",
    ):
        assert line in shown
    assert "shop_orders" not in shown


def test_page_leads_to_airflow_the_runbook_and_back() -> None:
    body = get("/dags/finance_daily", _world(*_days(3))).body.decode()
    for target in (
        "../",
        "../go/dags/finance_daily/latest",
        "https://airflow.example/base/dags/finance_daily",
        "../runbooks/AirflowSlaBreached",
        "../?team=finance",
        "../?tag=pci",
    ):
        assert f'href="{target}"' in body


@pytest.mark.parametrize(
    "dag_id", ["a.b", "a b", "a/b", "ünïcode", 'quo"te', "line\nfeed", "100%", "a?b#c", "<b>"]
)
def test_page_of_any_dag_id(dag_id: str) -> None:
    known = dag(dag_id, runs=_days(2))
    view = replace(
        VIEW,
        facts=Facts(now=NOW, dags={dag_id: known}),
        statuses=(replace(LATE, dag_id=dag_id, entry=ENTRY),),
        runs={dag_id: RunIds(latest="r")},
    )
    board = get("/", view).body.decode()
    assert f'href="{path_of(dag_id)}"' in board
    response = get(f"/{path_of(dag_id)}", view)
    assert response.status == 200
    assert f"<h1>{escape(dag_id)}</h1>" in response.body.decode()


def test_team_that_no_sla_has_leads_nowhere() -> None:
    view = replace(_world(*_days(2)), statuses=(replace(LATE, team="cfo", entry=ENTRY),))
    body = get("/dags/finance_daily", view).body.decode()
    assert 'href="../?team=cfo"' in body
    assert "?team=finance" not in body
    assert "?team=" not in get("/dags/finance_daily", replace(view, statuses=())).body.decode()


def test_dag_that_nobody_knows_is_a_404_that_says_so() -> None:
    response = get("/dags/nosuch", _world())
    assert response.status == 404
    assert "Airflow has no DAG of this name" in text(response)


def test_without_facts_the_page_keeps_what_is_known() -> None:
    blind = replace(_world(), facts=None, database_up=False)
    response = get("/dags/finance_daily", blind)
    assert response.status == 200
    shown = text(response)
    assert "The metadata database does not answer" in shown
    assert "late by 1 h 12 min" in shown


def test_the_last_thirty_runs_are_shown_those_of_both_readings_once() -> None:
    every = _days(40)
    shown = text(get("/dags/finance_daily", _world(*every[:20], older=every[10:30])))
    assert "The last 30 runs" in shown
    assert shown.count("scheduled__2026-") == 30
    assert every[29].run_id in shown
    assert every[30].run_id not in shown


@pytest.mark.parametrize(
    ("entry", "minutes", "said"),
    [
        pytest.param(Sla(dag="x", finish_by="06:30"), 60, "30 min early", id="finish_by kept"),
        pytest.param(Sla(dag="x", finish_by="06:30"), 100, "10 min late", id="finish_by missed"),
        pytest.param(
            Sla(dag="x", finish_by="06:30", timezone="Europe/Berlin"), 60, "30 min late", id="in a zone"
        ),
        pytest.param(Sla(dag="x", max_run_time="50m"), 60, "10 min late", id="max_run_time"),
        pytest.param(Sla(dag="x", max_start_delay="5m"), 60, "5 min early", id="max_start_delay"),
        pytest.param(Sla(dag="x", max_age="1d"), 60, "0 s early", id="max_age, since the run before"),
    ],
)
def test_a_run_is_measured_by_todays_promise(entry: Sla, minutes: float, said: str) -> None:
    assert said in text(get("/dags/finance_daily", _world(*_days(2, minutes=minutes), entry=entry)))


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(Sla(dag="x", success_ratio="90% of 20"), id="counts runs, has no deadline"),
        pytest.param(Sla(dag="x", max_run_time="2x"), id="usual run time is not known"),
        pytest.param(Sla(dag="x", finish_by="06:30", holidays="DE", days=["fri"]), id="on a holiday"),
    ],
)
def test_a_run_of_which_nothing_is_promised_has_no_deadline(entry: Sla) -> None:
    # Good Friday.
    found = run("2026-04-03 05:00", end="2026-04-03 06:00")
    shown = text(get("/dags/finance_daily", _world(found, entry=entry)))
    assert "success" in shown
    assert not re.search(r"min (early|late)\n", shown)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(run("2026-03-02 05:00", state="queued"), id="queued"),
        pytest.param(run("2026-03-02 05:00", state="running"), id="running"),
        pytest.param(replace(run("2026-03-02 05:00", state="running"), start=None), id="without a start"),
        pytest.param(run("2026-03-02 05:00", end="2026-03-02 05:00"), id="no time at all"),
        pytest.param(run("2026-03-02 05:00", end="2026-03-02 04:00"), id="ended before it was due"),
        pytest.param(run("2026-03-09 05:00", state="queued"), id="due in the future"),
    ],
)
def test_odd_runs_can_be_drawn(found: Run) -> None:
    for others in ((), _days(3)):
        body = get("/dags/finance_daily", _world(found, *others)).body.decode()
        assert "-inf" not in body
        assert "nan" not in body.lower().replace("finance", "")
        assert not re.search(r'height="-', body)


def test_one_very_long_run_does_not_hide_the_others() -> None:
    long = run("2026-03-01 05:00", end="2026-03-20 05:00")
    shown = text(get("/dags/finance_daily", _world(long, *_days(9)[1:])))
    assert "⋯" in shown
    assert "1 h" in shown


def test_a_deadline_that_is_far_away_is_told_and_not_drawn() -> None:
    entry = Sla(dag="x", max_run_time="20h")
    shown = text(get("/dags/finance_daily", _world(*_days(3, minutes=5), entry=entry)))
    assert "Not drawn, because far above: deadlines 20 h after the run was due." in shown


def _of(entry: Sla) -> Status:
    mine = replace(LATE, entry=entry, sla=entry.sla, kind=entry.kind)
    return replace(mine, scope=entry.scope, deadline_text=entry.deadline_text)


def test_runs_of_a_task_are_drawn_against_what_is_promised_of_the_task() -> None:
    entry = Sla(dag="finance_daily", task="load", max_run_time="20m")
    mine = _of(entry)
    whole = _world(*_days(3))
    assert whole.facts is not None
    facts = replace(whole.facts, task_runs={("finance_daily", "load"): _days(3, minutes=15)})
    view = replace(whole, facts=facts, statuses=(*whole.statuses, mine))
    shown = text(get("/dags/finance_daily", view))
    assert "Task load" in shown
    assert "5 min early" in shown
    assert shown.count("The runs as a table") == 2
    assert "\ntask load: 20m after start\n" in shown


def test_asset_has_no_runs_to_draw() -> None:
    entry = Sla(dag="finance_daily", asset="s3://x", max_age="26h")
    mine = _of(entry)
    shown = text(get("/dags/finance_daily", replace(_world(*_days(3)), statuses=(mine,))))
    assert "asset s3://x: 26h after last event" in shown
    assert shown.count("The runs as a table") == 1


def test_paused_and_broken_dags_say_so() -> None:
    sick = dag("finance_daily", paused=True, import_error=True, runs=_days(2))
    view = replace(_world(), facts=Facts(now=NOW, dags={"finance_daily": sick}))
    shown = text(get("/dags/finance_daily", view))
    assert "yes: no run is created" in shown
    assert "yes: its file does not import" in shown


def test_without_a_state_directory_the_page_says_that_nothing_is_remembered() -> None:
    assert "Without --state-dir nothing is remembered." in text(get("/dags/finance_daily", _world()))


_BREACH = Entry(
    sla="finish_by",
    dag_id="finance_daily",
    kind="finish_by",
    team="finance",
    deadline_text="06:30 UTC",
    at=at("2026-02-20 06:30"),
    since=at("2026-02-20 06:30"),
    standing=Standing.BREACHED,
    deadline=at("2026-02-20 06:30"),
    cause=Cause.POOL_FULL,
    evidence=Evidence(run_id="scheduled__20", task_id="load", pool="dwh", detail="load waits for <dwh>"),
)
_END = replace(
    _BREACH, at=at("2026-02-20 07:10"), since=at("2026-02-20 07:10"), standing=Standing.OK, cause=None
)


@pytest.fixture
def record(tmp_path: Path) -> Reader:
    """A breach of ten days ago that ended, and deadlines of which one was missed."""
    recorder = Recorder(tmp_path, kept=timedelta(days=36500))
    key = "finish_by", "finance_daily"
    outcomes = tuple(
        (key, Outcome(deadline=at(f"2026-02-{day} 06:30"), met=day != 20)) for day in range(15, 26)
    )
    recorder.write(News(entries=(_BREACH, _END), outcomes=outcomes))
    assert recorder.problem is None
    return Reader(tmp_path)


def test_record_says_what_was_seen_then(record: Reader) -> None:
    shown = text(get("/dags/finance_daily", _world(*_days(2)), record=record))
    assert "breached\n2026-02-20 07:10 UTC\nwaiting for a full pool: load waits for <dwh>" in shown


def test_record_explains_any_moment_step_by_step(record: Reader) -> None:
    response = get("/dags/finance_daily?at=2026-02-20T07:00:00Z", _world(*_days(2)), record=record)
    shown = text(response)
    assert "As it was at Fri 2026-02-20 07:00 UTC" in shown
    assert "Cause: waiting for a full pool (pool_full)." in shown
    assert "Seen: run scheduled__20, task load, pool dwh: load waits for <dwh>." in shown
    assert 'href="?at=2026-02-20T06%3A30%3A00Z#record"' in response.body.decode()


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        pytest.param("2026-01-01T00:00:00Z", "Nothing was known of it then.", id="before it began"),
        pytest.param("2026-02-20T07:00:00", "Cause: waiting for a full pool", id="without a zone it is UTC"),
        pytest.param("yesterday", "yesterday is no time", id="no time"),
        pytest.param("%3Cscript%3E", "<script> is no time", id="nasty"),
        pytest.param("0001-01-01T00:00:00Z", "Nothing was known of it then.", id="long ago"),
    ],
)
def test_any_moment_can_be_asked_for(record: Reader, moment: str, said: str) -> None:
    response = get(f"/dags/finance_daily?at={moment}", _world(*_days(2)), record=record)
    assert response.status == 200
    assert said in text(response)


def test_record_that_cannot_be_read_does_not_take_the_page_with_it(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_bytes(b"not a database at all" * 100)
    response = get("/dags/finance_daily", _world(*_days(2)), record=Reader(tmp_path))
    assert response.status == 200
    assert "The record cannot be read" in text(response)
    assert "late by 1 h 12 min" in text(response)
