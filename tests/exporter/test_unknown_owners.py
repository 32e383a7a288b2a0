"""Owners of DAGs that no team of owners.yaml names."""

from __future__ import annotations

from windsock.owners import Owners
from windsock.unknown_owners import Seen, unknown_owners
from windsock.yamlfile import parse

OWNERS = parse(
    """
    teams:
      - {team: finance, owners: [finance], tags: [money], files: ["*/ledger*"]}
      - {team: default, owners: [x]}
    """,
    Owners,
    name="owners.yaml",
)


def test_each_is_named_once_with_some_of_its_dags() -> None:
    dags = [Seen(f"dag_{number}", ("ml",)) for number in range(5)]
    assert unknown_owners(OWNERS, dags) == ['"ml": 5 DAGs (dag_0, dag_1, dag_2, and 2 more)']


def test_a_dag_that_belongs_to_a_team_for_any_reason_is_no_stranger() -> None:
    dags = [
        Seen("a", ("ml", "finance")),
        Seen("b", ("ml",), tags=("money",)),
        Seen("c", ("ml",), file="dags/ledger.py"),
        Seen("d", ("ml",), team="finance"),
        Seen("e", ("x",)),
    ]
    assert unknown_owners(OWNERS, dags) == []


def test_a_team_that_another_file_had_says_nothing() -> None:
    assert unknown_owners(OWNERS, [Seen("a", ("ml",), team="gone")]) == ['"ml": 1 DAG (a)']


def test_a_dag_without_an_owner_is_told_of() -> None:
    assert unknown_owners(OWNERS, [Seen("a", ())]) == ["no owner: 1 DAG (a)"]
