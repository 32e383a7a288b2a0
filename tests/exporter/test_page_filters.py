"""`?team=…&tag=…&dag=…&standing=…` on the board, the list of all SLAs and the API."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.exporter.page_world import KEPT, LATE, NOW, VIEW, get, text
from tests.exporter.sla_world import dag
from windsock.facts import Facts
from windsock.sla import Standing
from windsock.view import View

WORLD = replace(
    VIEW,
    statuses=(KEPT, LATE),
    facts=Facts(
        now=NOW,
        dags={
            "finance_daily": dag("finance_daily", tags=("pci", "daily", "sla:max_age=x")),
            "shop_orders": dag("shop_orders", tags=("daily", "a&b")),
        },
    ),
)


def _shown(query: str, view: View = WORLD) -> list[str]:
    data = json.loads(get(f"/api/v1/slas{query}", view).body)
    return [each["dag_id"] for each in data["slas"]]


@pytest.mark.parametrize(
    ("query", "dags"),
    [
        pytest.param("", ["shop_orders", "finance_daily"], id="all"),
        pytest.param("?team=finance", ["finance_daily"], id="team"),
        pytest.param("?tag=pci", ["finance_daily"], id="tag"),
        pytest.param("?tag=a%26b", ["shop_orders"], id="tag with an ampersand"),
        pytest.param("?tag=sla:max_age=x", ["finance_daily"], id="tag that is an SLA"),
        pytest.param("?tag=daily", ["shop_orders", "finance_daily"], id="tag of both"),
        pytest.param("?team=commerce&tag=pci", [], id="both must fit"),
        pytest.param("?team=commerce&tag=daily", ["shop_orders"], id="team and tag"),
        pytest.param("?dag=FINANCE", ["finance_daily"], id="part of the DAG id"),
        pytest.param("?standing=breached", ["finance_daily"], id="standing"),
        pytest.param("?team=&tag=&dag=", ["shop_orders", "finance_daily"], id="a form that was left empty"),
    ],
)
def test_only_what_was_asked_for_is_shown(query: str, dags: list[str]) -> None:
    assert _shown(query) == dags
    board, every = text(get(f"/{query}", WORLD)), text(get(f"/slas{query}", WORLD))
    for dag_id in ("shop_orders", "finance_daily"):
        assert (dag_id in board) == (dag_id in dags)
        assert (dag_id in every) == (dag_id in dags)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param("?team=nosuch", "No SLA has the team `nosuch`.", id="team"),
        pytest.param("?tag=nosuch", "No SLA has the tag `nosuch`.", id="tag"),
        pytest.param("?standing=late", "There is no standing `late`.", id="standing"),
    ],
)
def test_what_is_not_there_is_said_and_what_is_there_is_listed(query: str, said: str) -> None:
    for path in ("/", "/slas"):
        response = get(f"{path}{query}", WORLD)
        assert response.status == 400
        shown = text(response)
        assert said in shown
        assert "finance_daily" not in shown
        assert 'href="?team=finance"' in response.body.decode()
        assert 'href="?tag=a%26b"' in response.body.decode()
    answer = get(f"/api/v1/slas{query}", WORLD)
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "error": said,
        "teams": ["commerce", "finance"],
        "tags": ["a&b", "daily", "pci"],
    }


def test_before_the_first_cycle_no_team_is_a_mistake() -> None:
    response = get("/?team=finance&tag=pci", View(at=NOW))
    assert response.status == 200
    assert "Nothing is known at present" in text(response)


def test_without_facts_nothing_is_left_out_by_tag_and_that_is_said() -> None:
    blind = replace(WORLD, facts=None, database_up=False)
    response = get("/?tag=pci&team=finance", blind)
    assert response.status == 200
    assert "Which DAG has which tag is not known without facts" in text(response)
    assert _shown("?tag=pci", blind) == ["shop_orders", "finance_daily"]


def test_form_shows_what_is_chosen_and_how_to_get_back() -> None:
    body = get("/?team=finance", WORLD).body.decode()
    assert '<option value="finance" selected="">finance</option>' in body
    assert '<option value="sla:max_age=x">' not in body
    assert '<a href="?">show all</a>' in body


def test_counts_are_of_what_was_asked_for() -> None:
    assert "0\nlate" in text(get("/?team=commerce", WORLD))
    assert "1\nlate" in text(get("/", WORLD))


def test_list_of_all_has_a_hundred_to_a_page_and_keeps_the_filter() -> None:
    many = tuple(replace(KEPT, dag_id=f"shop_{number:03}") for number in range(250))
    view = replace(WORLD, statuses=(*many, LATE))
    first, last = get("/slas?team=commerce", view), get("/slas?team=commerce&page=3", view)
    assert "1 to 100 of 250 (team commerce)" in text(first)
    assert 'href="?team=commerce&amp;page=2"' in first.body.decode()
    assert "201 to 250 of 250" in text(last)
    assert "shop_249" in text(last)
    assert "page=4" not in last.body.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999", "²", ""])
def test_page_that_is_not_there_is_the_nearest(page: str) -> None:
    response = get(f"/slas?page={page}", WORLD)
    assert response.status == 200
    assert "1 to 2 of 2" in text(response)


def test_list_of_all_begins_with_what_is_late() -> None:
    risky = replace(KEPT, dag_id="risky", standing=Standing.AT_RISK)
    shown = text(get("/slas", replace(WORLD, statuses=(KEPT, risky, LATE))))
    assert shown.index("finance_daily") < shown.index("risky") < shown.index("shop_orders")
