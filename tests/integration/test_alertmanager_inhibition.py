"""Real Prometheus and Alertmanager: what a pager hears when one alert holds another back.

Every pair of the committed inhibition in every order, and what an SLA goes through when the platform breaks;
each story is an Airflow of its own, all at once, on the shipped rules and routes with short thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from demo.pager import Page
from tests.alerts.rules_under_test import ALERTS, GENERATED
from tests.support import inhibition
from tests.support.alert_chain import AlertChain
from tests.support.troubled import CANARY, DAG, SHOWN, Story
from windsock_alerts.inhibitors import TIED_TO
from windsock_alerts.rule import Severity

pytestmark = pytest.mark.real_time

RULES = yaml.safe_load((GENERATED / "alertmanager.yaml").read_text(encoding="utf-8"))["inhibit_rules"]
PAIRS = inhibition.pairs(RULES)
PAIR_STORIES = inhibition.stories(RULES)
SLA, SCHEDULER, PLATFORM = "AirflowSlaBreached", "AirflowSchedulerSilent", "AirflowPlatformSilent"
SLA_STORIES = {
    "cause-changes": Story({SLA: (0, 25)}),
    "heals-while-held-back": Story({SLA: (0, 20), SCHEDULER: (12, 24)}),
    "held-back-and-caught-up": Story({SLA: (6, 25), SCHEDULER: (2, 22)}),
    "held-back-and-still-late": Story({SLA: (6, 38), SCHEDULER: (2, 22)}),
    "database-gone": Story({SLA: (0, 27), f"{PLATFORM}/metadata_database": (12, 25)}),
    "exporter-gone": Story({SLA: (0, 20), f"{PLATFORM}/exporter": (12, 25)}),
}
# The last alert ends at 42 s + 12 s; a busy machine gets as long again.
END, LAST = 60.0, 120.0
EACH_PAIR = pytest.mark.parametrize(("source", "target"), PAIRS)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertChain]:
    """All stories, played to their end."""
    made = AlertChain(tmp_path_factory.mktemp("inhibition"), {**PAIR_STORIES, **SLA_STORIES})
    try:
        made.run(until=END, at_most=LAST)
        yield made
    finally:
        made.stop()


def told(pages: list[Page], receiver: str) -> list[str]:
    return [page.status for page in pages if page.receiver == receiver]


def about(pages: list[Page], alert: str) -> list[str]:
    """How often a DAG's alert opened and closed an incident."""
    return [
        page.status
        for page in pages
        if any(
            found["labels"]["alertname"] == alert and found["labels"].get("dag_id", DAG) in {DAG, CANARY}
            for found in page.alerts
        )
    ]


def story(source: str, target: str, order: str) -> str:
    return f"{source} holds back {target}: {order}"


def test_every_alert_of_the_committed_inhibition_can_be_provoked() -> None:
    assert {name for pair in PAIRS for name in pair} <= SHOWN.keys()


@EACH_PAIR
@pytest.mark.parametrize("order", inhibition.ORDERS)
def test_no_incident_stays_open(chain: AlertChain, source: str, target: str, order: str) -> None:
    last = {(page.receiver, page.group): page.status for page in chain.heard(story(source, target, order))}
    assert last
    assert set(last.values()) == {"resolved"}


@EACH_PAIR
@pytest.mark.parametrize("order", inhibition.ORDERS)
def test_what_holds_back_is_heard_itself(chain: AlertChain, source: str, target: str, order: str) -> None:
    name = source.partition("/")[0]
    paging = {alert.name for alert in ALERTS if Severity.PAGE in alert.severities}
    heard = {
        alert["labels"]["alertname"]
        for page in chain.heard(story(source, target, order))
        for alert in page.alerts
        if alert["labels"]["severity"] == Severity.PAGE.value
    }
    assert heard & paging & {name, *TIED_TO.get(name, ())}


@EACH_PAIR
@pytest.mark.parametrize("ends", ["target heals first", "source heals first"])
def test_what_was_told_before_it_was_held_back_is_told_once_and_closed(
    chain: AlertChain, source: str, target: str, ends: str
) -> None:
    pages = chain.heard(story(source, target, f"target begins first, {ends}"))
    assert about(pages, target) == ["firing", "resolved"]


@EACH_PAIR
def test_what_heals_while_it_is_held_back_is_never_told(chain: AlertChain, source: str, target: str) -> None:
    assert about(chain.heard(story(source, target, "source begins first, target heals first")), target) == []


@EACH_PAIR
def test_what_outlives_its_source_is_told_then(chain: AlertChain, source: str, target: str) -> None:
    pages = chain.heard(story(source, target, "source begins first, source heals first"))
    assert about(pages, target) == ["firing", "resolved"]
    assert next(page.at for page in pages if target in page.names()) > 26


@pytest.mark.parametrize("name", SLA_STORIES)
def test_every_incident_of_an_sla_is_closed_in_the_end(chain: AlertChain, name: str) -> None:
    last = {(page.receiver, page.group): page.status for page in chain.heard(name)}
    assert last
    assert set(last.values()) == {"resolved"}


def test_one_page_while_the_cause_changes(chain: AlertChain) -> None:
    pages = chain.heard("cause-changes")
    assert told(pages, "finance") == ["firing", "resolved"]
    assert "queue" in pages[0].alerts[0]["annotations"]["summary"]


def test_a_page_leaves_after_its_hold_and_resolves_when_it_has_outlived_the_grace(chain: AlertChain) -> None:
    opened, closed = chain.heard("cause-changes")
    assert 5 <= opened.at <= 10
    assert 25 + 12 <= closed.at <= 25 + 12 + 8


def test_an_sla_that_was_notified_and_heals_while_held_back_still_resolves(chain: AlertChain) -> None:
    pages = chain.heard("heals-while-held-back")
    assert told(pages, "finance") == ["firing", "resolved"]
    assert told(pages, "data-platform") == ["firing", "resolved"]


def test_a_dag_that_catches_up_in_the_grace_never_pages(chain: AlertChain) -> None:
    pages = chain.heard("held-back-and-caught-up")
    assert told(pages, "finance") == []
    assert told(pages, "data-platform") == ["firing", "resolved"]


def test_a_dag_that_is_still_late_pages_after_the_grace(chain: AlertChain) -> None:
    pages = chain.heard("held-back-and-still-late")
    assert told(pages, "finance") == ["firing", "resolved"]
    opened = next(page for page in pages if page.receiver == "finance")
    assert opened.at >= 22 + 5


@pytest.mark.parametrize("name", ["database-gone", "exporter-gone"])
def test_no_resolved_while_nobody_can_know(chain: AlertChain, name: str) -> None:
    pages = chain.heard(name)
    assert told(pages, "finance") == ["firing", "resolved"]
    assert told(pages, "data-platform") == ["firing", "resolved"]
    closed = next(page for page in pages if page.receiver == "finance" and page.status == "resolved")
    assert closed.at > 25 + 6
