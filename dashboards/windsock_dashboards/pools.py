"""Panels about pools and executors: who is full, and how much is asked of them."""

from __future__ import annotations

from windsock.catalog import tasks
from windsock.catalog.statsd import capacity
from windsock_dashboards import words
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Column, Panel, Query, Series, Shown, Table


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Usage, backlog, executor."""
    airflow = scope.legend
    limit, occupied = scope.max(tasks.POOL_LIMIT, "pool"), scope.max(tasks.POOL_OCCUPIED, "pool")
    wanted = scope.max(tasks.POOL_DEMANDED, "pool")
    share = f"{occupied} / {limit}"
    return (
        Table(
            key="pool-table",
            title="Which pools are full, and how much is asked of them?",
            description=(
                "Wanted: slots that scheduled tasks of the pool wait for. Full and wanted: raise it or wait."
            ),
            queries=(Query(share), Query(occupied), Query(limit), Query(wanted)),
            columns=(
                Column(name="Pool", field="pool"),
                Column(
                    name="Full",
                    field="A",
                    unit=Shown.RATIO,
                    width=220,
                    decimals=0,
                    bar=True,
                    steps=words.USAGE,
                ),
                Column(name="Used", field="B", unit=tasks.POOL_OCCUPIED, width=70),
                Column(name="Slots", field="C", unit=tasks.POOL_LIMIT, width=70),
                Column(name="Wanted", field="D", unit=tasks.POOL_DEMANDED, width=80),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Full",
        ),
        Series(
            key="pool-usage",
            title="How full was each pool?",
            description=(
                "Occupied slots as a share of the limit; above 1 a pool was made smaller while it was full."
            ),
            queries=(Query(share, "{{pool}} " + airflow),),
            unit=Shown.RATIO,
        ),
        Series(
            key="pool-backlog",
            title="How many slots are wanted in vain?",
            description=(
                "Slots that scheduled tasks wait for. A backlog that does not shrink overnight is too large."
            ),
            queries=(Query(wanted, "{{pool}} " + airflow),),
            unit=tasks.POOL_DEMANDED,
            decimals=0,
        ),
        Series(
            key="slots",
            title="Does the executor have free slots?",
            description=(
                "As the executor says by StatsD. With LocalExecutor on 3.x it always says all are free."
            ),
            queries=(
                Query(
                    scope.max(capacity.EXECUTOR_OPEN_SLOTS, "executor_class_name"),
                    "open {{executor_class_name}} " + airflow,
                ),
                Query(
                    scope.max(capacity.EXECUTOR_QUEUED_TASKS, "executor_class_name"),
                    "queued {{executor_class_name}} " + airflow,
                ),
                Query(
                    scope.max(capacity.EXECUTOR_RUNNING_TASKS, "executor_class_name"),
                    "running {{executor_class_name}} " + airflow,
                ),
            ),
            unit=capacity.EXECUTOR_OPEN_SLOTS,
            decimals=0,
        ),
    )
