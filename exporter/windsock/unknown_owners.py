"""Owners of DAGs that no team of `owners.yaml` names: their alerts go to `default`, perhaps by mistake."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable
from typing import NamedTuple

from windsock.owners import Owners
from windsock.yamlfile import one_line

_SHOWN = 3


class Seen(NamedTuple):
    """What of a DAG decides whose it is.

    Attributes:
        team: the team that an exporter, perhaps with another owners file, has found for it.
    """

    dag_id: str
    owners: tuple[str, ...]
    tags: tuple[str, ...] = ()
    file: str | None = None
    team: str | None = None


def unknown_owners(owners: Owners, dags: Iterable[Seen]) -> list[str]:
    """One line per owner that is nobody's, sorted, with some of its DAGs; empty if all belong somewhere.

    The owner is written as it would stand in `owners.yaml`, in quotes and with `[`, `*` and `?` escaped.
    """
    known = {entry.team for entry in owners.teams}
    found: dict[str, set[str]] = {}
    for dag in dags:
        entry = owners.entry_for(dag_id=dag.dag_id, owners=dag.owners, tags=dag.tags, file=dag.file)
        if entry is None and dag.team not in known:
            for owner in dag.owners or ("",):
                found.setdefault(owner, set()).add(dag.dag_id)
    return [one_line(f"{_name(owner)}: {_some(dag_ids)}") for owner, dag_ids in sorted(found.items())]


def _name(owner: str) -> str:
    return json.dumps(glob.escape(owner), ensure_ascii=False) if owner else "no owner"


def _some(dag_ids: set[str]) -> str:
    shown = ", ".join(sorted(dag_ids)[:_SHOWN])
    more = f", and {len(dag_ids) - _SHOWN} more" if len(dag_ids) > _SHOWN else ""
    return f"{len(dag_ids)} DAG{'' if len(dag_ids) == 1 else 's'} ({shown}{more})"
