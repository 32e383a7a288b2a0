"""Collectors and statements, which know each other by name."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.metadb import at
from windsock.airflow_versions import VERSIONS
from windsock.collect.default import collectors
from windsock.collect.tables import created
from windsock.metadb.statements import build
from windsock.state import State

_COLLECTORS = collectors(State(None), None, list)
_STATEMENTS = {each.name for line in VERSIONS for each in build(line, "postgresql").all()}
# Of the source and the cycle themselves.
_OTHERS = {"revision", "clock", "server"}


def test_every_statement_has_one_collector_that_runs_it() -> None:
    used = [name for collector in _COLLECTORS for name in collector.uses]
    assert sorted([*used, *_OTHERS]) == sorted(_STATEMENTS)


@pytest.mark.parametrize(
    ("task", "moment"),
    [
        pytest.param("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", at("2022-02-22 19:22:22"), id="PostgreSQL"),
        pytest.param("017f22e279b07cc398c4dc0c0c07398f", at("2022-02-22 19:22:22"), id="SQLite"),
        pytest.param("919108f7-52d1-4320-9bac-f847db4148a8", None, id="a random one, not of version 7"),
        pytest.param("1", None, id="no UUID"),
    ],
)
def test_the_id_of_a_task_instance_tells_when_it_was_created(task: str, moment: datetime | None) -> None:
    assert created(task) == moment
