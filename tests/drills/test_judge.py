"""What counts as a drill that went well, and the page that says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from demo.pager import Page
from tests.drills import judge, page, peers, results
from tests.drills.catalogue import DRILLS
from tests.drills.drill import Drill, Expected
from tests.drills.drill import page as pages
from tests.e2e.incidents import incidents
from tests.e2e.loop import Loop

_RESULT = results.Result(
    name="scheduler-killed",
    what="scheduler killed",
    airflow="3.3.2",
    expects=("AirflowSchedulerDown to data-platform",),
    scale=10,
    seconds=19.7,
    hold=18,
    hold_unscaled=180,
    resolved=20,
    pages=("AirflowSchedulerDown to data-platform at 20 s",),
    peers={
        "mixin": ("DagFailures: early", "DagFailures: fault", "DagFailures: after"),
        "astronomer": ("SchedulerUnhealthy: before",),
    },
    date="2026-11-23",
    commit="abcdef0",
)


@contextmanager
def _nothing(_loop: Loop) -> Iterator[None]:
    yield


def _drill(*expects: Expected) -> Drill:
    return Drill(name="some", what="something", fault=_nothing, expects=expects)


def _message(status: str, *, alert: str = "Down", to: str = "finance", severity: str = "page") -> Page:
    labels = {"alertname": alert, "severity": severity}
    said = {"summary": "it is down", "description": "since 06:00"}
    return Page(
        at=100, receiver=to, status=status, group=alert, alerts=[{"labels": labels, "annotations": said}]
    )


def _findings(drill: Drill, *messages: Page) -> list[str]:
    return judge.findings(drill, incidents(messages))


def test_what_is_expected_came_once_and_is_over() -> None:
    drill = _drill(*pages("Down", "finance", "since 06:00"))
    assert _findings(drill, _message("firing"), _message("firing"), _message("resolved")) == []


def test_a_page_that_never_came_is_told() -> None:
    assert _findings(_drill(*pages("Down", "finance"))) == ["never came: Down to finance"]


def test_a_second_page_for_the_same_is_told() -> None:
    each = (_message("firing"), _message("resolved"))
    found = _findings(_drill(*pages("Down", "finance")), *each, *each)
    assert found == ["came 2 times: Down to finance"]


def test_a_page_to_another_team_is_not_the_one_that_is_expected() -> None:
    found = _findings(
        _drill(*pages("Down", "finance")),
        _message("firing", to="commerce"),
        _message("resolved", to="commerce"),
    )
    assert found == ["never came: Down to finance", "woke somebody besides: Down to commerce (resolved)"]


def test_the_first_message_must_say_the_cause() -> None:
    found = _findings(
        _drill(*pages("Down", "finance", "pool full")), _message("firing"), _message("resolved")
    )
    assert found == ["does not say 'pool full': Down to finance"]


def test_an_incident_that_stays_open_is_told_also_of_a_ticket() -> None:
    assert _findings(_drill(), _message("firing", severity="ticket", to="finance-ticket")) == [
        "never resolved: Down to finance-ticket (open)"
    ]


def test_a_ticket_besides_wakes_nobody() -> None:
    ticket = {"severity": "ticket", "to": "finance-ticket"}
    assert _findings(_drill(), _message("firing", **ticket), _message("resolved", **ticket)) == []


@pytest.mark.parametrize("receiver", [*judge.PEERS, "finance-info"])
def test_what_peers_and_digests_send_is_not_ours(receiver: str) -> None:
    assert _findings(_drill(), _message("firing", to=receiver)) == []


def test_its_hold_and_a_minute_both_divided_are_the_limit() -> None:
    drill = _drill(*pages("Down"))
    assert judge.too_late(drill, 18 + 6 + 5, factor=10, slack=5) == []
    assert len(judge.too_late(drill, 18 + 6 + 5.1, factor=10, slack=5)) == 1


def test_a_group_that_spoke_lately_may_wait_for_its_interval() -> None:
    ended = (_message("firing"), _message("resolved"))
    soon, late = (replace(_message("firing"), at=at) for at in (500, 5000))
    for page_again, seconds in ((soon, 30.0), (late, 0.0)):
        every = incidents((*ended, page_again))
        assert judge.grouped(every[-1], every, factor=10) == seconds


def test_names_of_drills_are_unique() -> None:
    names = [drill.name for drill in DRILLS]
    assert len(names) == len(set(names))


def test_holds_are_thresholds_of_the_alerts() -> None:
    assert all(drill.hold_seconds(1) > 0 for drill in DRILLS)


def test_the_page_is_that_of_the_results() -> None:
    assert results.PAGE.read_text("utf-8") == page.render(results.read())


def test_a_result_takes_the_place_of_the_last_one_of_its_kind(tmp_path: Path) -> None:
    file, order = tmp_path / "results.json", ["scheduler-killed", "other"]
    other = replace(_RESULT, name="other")
    for each in (other, replace(_RESULT, seconds=99.0), _RESULT):
        results.keep(each, order=order, file=file)
    assert results.read(file) == [_RESULT, other]


def test_peers_are_counted_by_when_they_spoke() -> None:
    text = page.render([_RESULT])
    assert "| Windsock | 1 | 1 | 0 | 0 | 0 | 0 |" in text
    assert "| mixin | 1 | 1 | 0 | 1 | 1 | 1 |" in text
    assert "| astronomer | 1 | 0 | 1 | 0 | 0 | 0 |" in text


def test_what_a_peer_says_without_a_fault_is_false() -> None:
    text = page.render([replace(_RESULT, expects=(), seconds=None, pages=())])
    assert "| mixin | 0 | 0 | 0 | 3 | 0 | 0 |" in text


def test_every_time_of_a_peer_is_divided() -> None:
    usual, quick = (
        {rule["alert"]: rule for group in peers.rules(factor)["groups"] for rule in group["rules"]}
        for factor in (1, 10)
    )
    assert usual["SchedulerUnhealthy"]["for"] == "360000ms"
    assert quick["SchedulerUnhealthy"]["for"] == "36000ms"
    assert "[6000ms]" in quick["SchedulerUnhealthy"]["expr"]
    assert quick["DagScheduleDelayCritical"]["expr"].endswith("> 6")
