"""No empty panel: every query of every dashboard has data on a real Prometheus that the real stack feeds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from demo.stack.postgres import Postgres
from tests.support import fed
from tests.support.dashboard_data import EXCUSES, RECORDINGS, excused, unpadded
from tests.support.fed import Fed
from windsock_dashboards import build
from windsock_dashboards.queries import queries

# It holds every metric of the catalogue; what it lacks says so in its description.
BUILT = [board for board in build.boards(build.Settings()) if board["uid"] != "windsock-everything"]
_MOST_EXCUSED = 0.1
_PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, once for each DAG that may be chosen."""

    board: str
    panel: str
    exprs: tuple[str, ...]


def asked(board: dict[str, Any], airflow: str, dags: Sequence[str]) -> list[Asked]:
    """Every query of the board as Prometheus gets it, about one Airflow, without padding."""
    chooses = any(variable["name"] == "dag_id" for variable in board["templating"]["list"])
    of_dags = [
        queries(board, {"airflow": airflow, "dag_id": dag_id}, rate_interval=fed.WINDOW, window="1m")
        for dag_id in (dags if chooses else dags[:1])
    ]
    return [
        Asked(board["uid"], same[0][0], tuple(dict.fromkeys(unpadded(expr) for _, expr in same)))
        for same in zip(*of_dags, strict=True)
    ]


@pytest.fixture(scope="module")
def stack(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    with fed.fed(tmp_path_factory.mktemp("fed"), cluster, RECORDINGS) as running:
        yield running


@pytest.fixture(scope="module")
def dags(stack: Fed) -> list[str]:
    # Once: the question touches every series.
    return stack.dags()


@pytest.fixture(scope="module")
def silent(stack: Fed, dags: list[str]) -> list[Asked]:
    """The queries that have no data on our newest Airflow, however long one waits."""
    every = [query for board in BUILT for query in asked(board, fed.NEWEST, dags)]
    left = [(query, bool(excused(query.exprs[0]))) for query in every]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        left = [(query, known) for query, known in left if not any(map(stack.data, query.exprs))]
        if all(known for _, known in left) or time.monotonic() > deadline:
            return [query for query, _ in left]
        time.sleep(1)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_every_query_has_data_or_somebody_else_proves_it(
    board: dict[str, Any], stack: Fed, dags: list[str], silent: list[Asked]
) -> None:
    alone = []
    for number, query in enumerate(asked(board, fed.NEWEST, dags[:1])):
        if (query.panel, query.exprs[0]) in {(each.panel, each.exprs[0]) for each in silent}:
            elsewhere = [asked(board, excuse.airflow, dags)[number] for excuse in excused(query.exprs[0])]
            if not any(stack.data(expr) for other in elsewhere for expr in other.exprs):
                alone.append(f"{query.panel}\n{query.exprs[0]}")
    assert not alone, (
        f"{len(alone)} queries without data. Mend the query; or make its data: lines of StatsD come from "
        "tests/data/statsd, rows from tests/support/fed.py and what it uses; or, if only another version, "
        "executor or setting has it, say so in EXCUSES of tests/support/dashboard_data.py.\n\n"
        + "\n\n".join(alone)
    )


def test_few_queries_need_an_excuse(silent: list[Asked]) -> None:
    every = sum(len(asked(board, fed.NEWEST, ["any"])) for board in BUILT)
    assert len(silent) <= _MOST_EXCUSED * every, [(query.board, query.panel) for query in silent]


@pytest.mark.parametrize("metric", EXCUSES)
def test_an_excuse_is_needed_and_true(metric: str, stack: Fed) -> None:
    excuse = EXCUSES[metric]
    assert excuse.airflow in stack.airflows
    name = f'{{__name__=~"{metric}|{metric}_bucket"'
    assert stack.prometheus.ask(f'{name}, airflow="{excuse.airflow}"}}'), "nobody has it there either"
    assert not stack.prometheus.ask(f'{name}, airflow="{fed.NEWEST}"}}'), "take it out of EXCUSES"
