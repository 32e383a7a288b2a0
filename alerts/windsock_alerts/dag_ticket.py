"""The usual alert about one DAG: a ticket to its team, whose severity may be the DAG's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windsock_alerts.own import severed
from windsock_alerts.promql import frozen
from windsock_alerts.rule import Alert, Severity
from windsock_alerts.settings import Settings

DAG_KEYS = ("airflow", "dag_id")


def dag_ticket(
    settings: Settings, name: str, record: str, *, while_: Mapping[str, tuple[str, ...]], **more: Any
) -> Alert:
    """The alert.

    Args:
        settings: with the severity that a user has chosen for it.
        name: of the alert.
        record: a recorded series by `airflow`, `dag_id` and `team`.
        while_: what holds it back, see `frozen`.
        more: what is its own, as of `Alert`.
    """
    return Alert(
        name=name,
        expr=frozen(
            severed(settings, record, alert=name, general=Severity.TICKET.value),
            alert=name,
            labels=(*DAG_KEYS, "team", "severity"),
            while_=while_,
        ),
        severities=(Severity.TICKET,),
        team=None,
        identity=DAG_KEYS,
        dashboard="windsock-dag",
        opens=DAG_KEYS,
        **more,
    )
