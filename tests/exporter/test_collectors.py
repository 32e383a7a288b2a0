"""Collectors and their statements."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.metadb import at
from windsock.airflow_versions import VERSIONS
from windsock.collect.database.tables import created
from windsock.collect.default import COLLECTORS
from windsock.metadb.flavour import Flavour
from windsock.metadb.statements import Statements


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
@pytest.mark.parametrize("line", VERSIONS)
def test_no_two_statements_have_the_same_name(line: str, dialect: str) -> None:
    statements = Statements(
        Flavour(line=line, dialect=dialect), (maker for kind in COLLECTORS for maker in kind.reads)
    )
    names = [each.name for each in statements.all()]
    assert len(names) == len(set(names))


def test_no_two_collectors_have_the_same_name() -> None:
    assert len({kind.name for kind in COLLECTORS}) == len(COLLECTORS)


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
