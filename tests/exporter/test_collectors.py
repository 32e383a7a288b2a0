"""Collectors and statements, which know each other by name."""

from __future__ import annotations

from windsock.airflow_versions import VERSIONS
from windsock.collect.default import collectors
from windsock.metadb.statements import build
from windsock.state import State

_COLLECTORS = collectors(State(None), None, list)
_STATEMENTS = {each.name for line in VERSIONS for each in build(line, "postgresql").all()}
# Of the source and the cycle themselves.
_OTHERS = {"revision", "clock", "server"}


def test_every_statement_has_one_collector_that_runs_it() -> None:
    used = [name for collector in _COLLECTORS for name in collector.uses]
    assert sorted([*used, *_OTHERS]) == sorted(_STATEMENTS)
