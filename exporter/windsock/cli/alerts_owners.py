"""Which DAGs there are, for `windsock alerts build` to tell whose owners no team names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from windsock.catalog import dags
from windsock.cli.looking import look
from windsock.errors import BadInput
from windsock.metadb import url
from windsock.owners import Owners
from windsock.remote import Prometheus
from windsock.sla import Slas
from windsock.unknown_owners import Seen


def of_prometheus(address: str, label: str) -> list[Seen]:
    """All DAGs that `airflow_dag_info` tells of, with its owners, tags and the folder of its file.

    Args:
        address: of Prometheus.
        label: what the label is called there that says which Airflow it is.

    Raises:
        BadInput: Prometheus does not answer, or knows no DAG.
    """
    prometheus = Prometheus(address, label=label)
    found = prometheus.query(f"group by (airflow, dag_id, owners, tags, folder, team) ({dags.DAG_INFO})")
    if not found:
        raise BadInput(
            f"--prometheus-url {prometheus.url}: knows no series {dags.DAG_INFO}; does it scrape windsock?"
        )
    return [_seen(labels) for labels, _ in found]


def of_database(database_url: str | None, database_url_file: Path | None, owners: Owners) -> list[Seen]:
    """All DAGs of the metadata database, with everything that can decide whose they are.

    Raises:
        BadInput: it cannot be read.
    """
    address = url.find(url=database_url, url_file=database_url_file, environ=os.environ)
    view = look(address, Slas(), owners)
    assert view.facts  # noqa: S101 (`look` sees to it)
    return [Seen(dag.dag_id, dag.owners, dag.tags, dag.file) for dag in view.facts.dags.values()]


def _seen(labels: dict[str, str]) -> Seen:
    return Seen(
        labels.get("dag_id", ""),
        tuple(_listed(labels.get("owners", ""))),
        tuple(_listed(labels.get("tags", ""))),
        labels.get("folder") or None,
        labels.get("team"),
    )


def _listed(text: str) -> Iterator[str]:
    return (part for each in text.split(",") if (part := each.strip()))
