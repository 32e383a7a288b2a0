"""The status board, and the same as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.exporter.page_world import AIRFLOW, KEPT, LATE, NASTY, NOW, VIEW, get, text
from tests.exporter.sla_world import at
from windsock.sla import Cause, Standing
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.prediction import Prediction
from windsock.sla.tally import Tally
from windsock.view import View


def test_board_says_what_is_late_why_whose_and_since_when() -> None:
    shown = text(get("/"))
    assert "finance_daily\nlate by 1 h 12 min\n06:30 UTC · due\n06:30 UTC" in shown
    assert "waiting for a full pool; tasks: 3 scheduled in pool dwh (16 of 16 slots used)" in shown
    assert "team finance, owner cfo · page" in shown


def test_board_shows_the_late_before_everything_else() -> None:
    shown = text(get("/"))
    assert shown.index("finance_daily") < shown.index("shop_orders") < shown.index("nosuch_*")


def test_board_links_to_the_runs_that_exist_and_to_the_runbook() -> None:
    body = get("/").body.decode()
    assert 'href="go/dags/finance_daily/latest"' in body
    assert 'href="go/dags/finance_daily/running"' in body
    assert "last-failed" not in body
    assert f'href="{AIRFLOW}/dags/finance_daily"' in body
    assert 'href="runbooks/AirflowSlaBreached"' in body
    assert (
        'href="https://grafana.example/d/windsock-dag?from=now-24h&amp;to=now&amp;var-dag_id=finance_daily"'
        in body
    )


def test_board_shows_the_next_deadline_of_what_is_in_time() -> None:
    promise = "shop_orders\nfresh: 26h after last success\nin 3 h 12 min (\n10:54 UTC\n)\ncommerce"
    assert promise in text(get("/"))


def test_board_shows_warnings_components_broken_files_and_collectors() -> None:
    shown = text(get("/"))
    for line in (
        "no DAG matches this glob in Airflow (yet): slas.yaml:9",
        "etl\ntag sla:max_age=x\nfinance\nexpected a duration",
        "SchedulerJob\nalive\n5 s ago",
        "TriggererJob\nsilent\n1 h ago",
        "DagProcessorJob\nstopped in order\n1 d ago",
        "dags: marketing.py\nmarketing\n1 h",
        "results\nswitched off: privilege\nnever",
        "runs\nstatement timeout",
        "Airflow 3.3.2",
        "read 0 s ago, Mon 2026-03-02 07:42 UTC",
    ):
        assert line in shown


def test_board_without_the_database_says_so_first_and_keeps_the_breach() -> None:
    blind = replace(VIEW, database_up=False, facts=None, statuses=(LATE,), runs={})
    shown = text(get("/", blind))
    assert shown.index("The metadata database does not answer") < shown.index("finance_daily")
    assert "late by 1 h 12 min" in shown


def test_board_does_not_call_unknown_good() -> None:
    unknown = replace(LATE, standing=Standing.UNKNOWN, deadline=None, late=0.0, cause=None)
    shown = text(get("/", replace(VIEW, statuses=(unknown,))))
    assert "Nothing is late" not in shown
    assert "Unknown\nNot judged until there are fresh facts." in shown


RISKY = replace(
    KEPT,
    standing=Standing.AT_RISK,
    cause=Cause.RUNNING_LONG,
    prediction=Prediction(
        p50=at("2026-03-02 11:15").timestamp(),
        p90=at("2026-03-02 11:40").timestamp(),
        miss=0.83,
        runs=42,
        words=("load has run for 55 min, usually 30 min",),
    ),
)


def test_board_shows_what_is_at_risk_with_its_probable_finish_and_why() -> None:
    shown = text(get("/", replace(VIEW, statuses=(RISKY,))))
    assert "At risk" in shown
    assert "likely done\n11:15 UTC\n, 21 min late" in shown
    assert "83% that it is missed; done by\n11:40 UTC\nin nine of ten cases" in shown
    assert "still running; load has run for 55 min, usually 30 min" in shown
    assert "team commerce · ticket" in shown


def test_board_shows_a_risk_without_a_prediction_by_its_cause() -> None:
    shown = text(get("/", replace(VIEW, statuses=(replace(RISKY, prediction=None, cause=Cause.FAILED),))))
    assert "the run failed" in shown
    assert "likely done" not in shown


def test_json_has_the_prediction() -> None:
    (found,) = json.loads(get("/api/v1/slas", replace(VIEW, statuses=(RISKY,))).body)["slas"]
    assert found["standing"] == "at_risk"
    assert found["prediction"] == {
        "finish_p50": "2026-03-02T11:15:00Z",
        "finish_p90": "2026-03-02T11:40:00Z",
        "miss_probability": 0.83,
        "runs": 42,
        "why": ["load has run for 55 min, usually 30 min"],
    }


def test_a_storm_shows_the_worst_as_cards_some_as_lines_and_leads_to_the_rest() -> None:
    many = tuple(replace(LATE, dag_id=f"late_{number:03}", late=60.0 * number) for number in range(60))
    response = get("/?team=finance", replace(VIEW, statuses=many))
    body = response.body.decode()
    assert body.count("<article") == 10
    assert "late_059" in text(response)
    assert "late_030" in text(response)
    assert "late_029" not in text(response)
    assert 'href="slas?team=finance&amp;standing=breached">All of them (60)' in body


def test_timeline_draws_deadlines_and_predictions_with_words_for_those_who_do_not_see_it() -> None:
    response = get("/", replace(VIEW, statuses=(RISKY, LATE)))
    body, shown = response.body.decode(), text(response)
    assert '<svg id="timeline" role="img" aria-labelledby="timeline-title timeline-desc"' in body
    assert "1 missed, 1 at risk, 0 to come." in shown
    assert "The timeline as a table\nDAG\npromise\ndeadline\nhow\nprediction\nfinance_daily" in shown
    # Now is a quarter of the way; the deadline was 72 minutes before.
    assert '<line x1="25.00%" x2="25.00%" y1="16"' in body
    assert '<line x1="20.00%" x2="20.00%"' in body


def test_timeline_counts_what_has_no_lane() -> None:
    many = tuple(replace(KEPT, dag_id=f"shop_{number:03}") for number in range(50))
    shown = text(get("/", replace(VIEW, statuses=many)))
    assert "all deadlines by the hour, at most 50" in shown
    assert "38 more deadlines are counted below the lanes only." in shown


def test_acknowledged_breach_stays_on_the_board_with_who_and_why() -> None:
    quiet = Acknowledgement(by="ada", reason="vendor is down", at=NOW, until=at("2026-03-02 09:00"))
    view = replace(VIEW, statuses=(replace(KEPT, acknowledged=quiet),))
    assert "Acknowledged\n" in text(get("/", view))
    assert "by ada until\n09:00 UTC\n: vendor is down" in text(get("/", view))
    (found,) = json.loads(get("/api/v1/slas", view).body)["slas"]
    assert found["acknowledged"] == {
        "by": "ada",
        "reason": "vendor is down",
        "at": "2026-03-02T07:42:00Z",
        "until": "2026-03-02T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        pytest.param((20, 19, 50.0), "19 of the last 20, error budget 50% left", id="some left"),
        pytest.param((20, 15, -150.0), "15 of the last 20, error budget overdrawn", id="overdrawn"),
        pytest.param((0, 0, 100.0), "nothing was decided yet", id="new"),
    ],
)
def test_card_says_how_often_it_was_on_time(tally: tuple[int, int, float], said: str) -> None:
    recent, met, budget = tally
    counts = Tally(met=118, missed=3, recent=recent, recent_met=met, budget=budget)
    view = replace(VIEW, statuses=(replace(LATE, tally=counts),))
    assert f"On time:\n{said}" in text(get("/", view))
    (found,) = json.loads(get("/api/v1/slas", view).body)["slas"]
    told = {"met": 118, "missed": 3, "recent": recent, "recent_met": met, "budget": budget}
    assert found["tally"] == told


def test_board_without_anything_late_says_so() -> None:
    assert "Nothing is late." in text(get("/", replace(VIEW, statuses=(KEPT,))))


def test_board_says_that_the_sla_file_is_wrong() -> None:
    view = replace(VIEW, statuses=(KEPT,), wrong_tags=(), sla_file_problem=f"slas.yaml:3: slas.0.{NASTY}")
    shown = text(get("/", view))
    assert "The SLA file is wrong, the last good one counts: slas.yaml:3: slas.0." in shown
    assert b"<script>" not in get("/", view).body
    assert json.loads(get("/api/v1/slas", view).body)["sla_file_problem"] == view.sla_file_problem


def test_board_before_the_first_cycle() -> None:
    shown = text(get("/", View(at=NOW)))
    assert "Nothing is known at present" in shown
    assert "No SLA is known" in shown


def test_json_says_what_the_board_says() -> None:
    response = get("/api/v1/slas")
    data = json.loads(response.body)
    assert response.content_type.startswith("application/json")
    assert (data["at"], data["facts_at"], data["database_up"]) == ("2026-03-02T07:42:00Z",) * 2 + (True,)
    assert data["slas"][1] == {
        "sla": "finish_by",
        "dag_id": "finance_daily",
        "kind": "finish_by",
        "team": "finance",
        "scope": None,
        "severity": "page",
        "standing": "breached",
        "deadline": "2026-03-02T06:30:00Z",
        "deadline_text": "06:30 UTC",
        "met": False,
        "late_seconds": 4320.0,
        "prediction": None,
        "cause": "pool_full",
        "evidence": {"run_id": None, "task_id": None, "pool": None, "queue": None, "detail": None},
        "since": None,
        "acknowledged": None,
        "tally": None,
        "timezone": "UTC",
        "dag_missing": False,
        "at_risk_severity": "ticket",
        "tier": None,
        "runbook": None,
        "declared": "slas.yaml:2",
        "problem": None,
        "warning": None,
        "dag_url": f"{AIRFLOW}/dags/finance_daily",
    }
    assert [sla["standing"] for sla in data["slas"]] == ["ok", "breached", "unknown"]
    assert data["wrong_tags"] == [
        {"dag_id": "etl", "team": "finance", "tag": "sla:max_age=x", "why": "expected a duration"}
    ]


def test_card_leads_to_the_slas_own_runbook_and_says_its_tier() -> None:
    mine = replace(LATE, tier="1", runbook="https://wiki.example/finance")
    response = get("/", replace(VIEW, statuses=(mine,)))
    assert 'href="https://wiki.example/finance"' in response.body.decode()
    assert "page, tier 1" in text(response)
