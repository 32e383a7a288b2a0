"""Panels about SLAs: which are breached, whose they are, why, and which come next."""

from __future__ import annotations

from windsock.catalog import sla
from windsock_dashboards import words
from windsock_dashboards.links import of_dag, of_dag_series
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Column, Panel, Query, Series, Shown, Table, Timeline

_SLA = ("sla", "dag_id")


def panels(scope: Scope) -> tuple[Panel, ...]:
    """The rows of the board, most urgent first."""
    return _breached(scope), _next(scope), _since(scope), _unknown(scope), _per_team(scope)


def _breached(scope: Scope) -> Table:
    labels = ("team", "severity", "deadline_text")
    info = scope.one(sla.SLA_INFO, _SLA, labels)
    cause = scope.one(sla.SLA_CAUSE, _SLA, ("cause",))

    def row(value: str) -> str:
        joined = scope.labelled(scope.labelled(value, _SLA, ("cause",), cause), _SLA, labels, info)
        return scope.of_team(joined, _SLA, sla.SLA_INFO)

    late = f"{scope.max(sla.SLA_LATE, *_SLA)} > 0"
    missed = f"{scope.max(sla.SLA_DEADLINE, *_SLA)} * 1000 and {scope.on(*_SLA)} ({late})"
    return Table(
        key="breached",
        title="Which SLAs are breached, whose are they, and why?",
        description=(
            "Longest first. The cause is the engine's verdict of now and may change. No rows: every "
            "SLA is kept."
        ),
        queries=(Query(row(late)), Query(row(missed))),
        width=24,
        columns=(
            Column(name="Team", field="team", width=140),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=130),
            Column(
                name="Late by",
                field="A",
                unit=sla.SLA_LATE,
                width=120,
                decimals=1,
                colored=True,
                steps=words.LATE,
            ),
            Column(name="Cause", field="cause", width=160),
            Column(name="Deadline", field="deadline_text", width=190),
            Column(name="Missed at", field="B", unit=Shown.MOMENT, width=170),
            Column(name="Severity", field="severity", width=90),
            Column(name="Airflow", field=scope.label, width=110),
        ),
        sort_by="Late by",
    )


def _next(scope: Scope) -> Table:
    labels = ("team", "deadline_text")
    kept = f"{scope.max(sla.SLA_BREACHED, *_SLA)} == 0"
    left = f"{scope.max(sla.SLA_DEADLINE, *_SLA)} - time() and {scope.on(*_SLA)} ({kept})"
    joined = scope.labelled(left, _SLA, labels, scope.one(sla.SLA_INFO, _SLA, labels))
    return Table(
        key="next",
        title="Which deadlines come next?",
        description="The 50 nearest deadlines of SLAs that are kept now.",
        queries=(Query(f"bottomk(50, {scope.of_team(joined, _SLA, sla.SLA_INFO)})"),),
        columns=(
            Column(name="Due in", field="A", unit=Shown.AGE, width=100, decimals=1),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Deadline", field="deadline_text", width=170),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Due in",
        descending=False,
    )


def _since(scope: Scope) -> Timeline:
    state = scope.max(sla.SLA_BREACHED, *_SLA)
    window = scope.pick(sla.SLA_BREACHED)
    touched = f"max {scope.by(*_SLA)} (max_over_time({window}[$__range] @ end())) > 0"
    shown = scope.of_team(f"{state} and {scope.on(*_SLA)} ({touched})", _SLA, sla.SLA_INFO)
    return Timeline(
        key="since",
        title="Since when is each SLA breached?",
        description=(
            "Only SLAs that were breached at some time in the range shown. A gap means that nobody "
            "could tell."
        ),
        queries=(Query(shown, "{{dag_id}} {{sla}} " + scope.legend),),
        unit=sla.SLA_BREACHED,
        meanings=words.BREACHED,
        links=of_dag_series(scope),
    )


def _unknown(scope: Scope) -> Table:
    info = scope.of_team(scope.one(sla.SLA_INFO, _SLA, ("team",)), _SLA, sla.SLA_INFO)
    unjudged = f"{info} unless {scope.on(*_SLA)} {scope.max(sla.SLA_BREACHED, *_SLA)}"
    missing = f"{scope.max(sla.SLA_DAG_MISSING, *_SLA)} > 0"
    no_facts = f'label_replace({unjudged}, "why", "no fresh facts", "", "")'
    no_dag = f'label_replace({missing}, "why", "no such DAG", "", "")'
    return Table(
        key="unknown",
        title="Which SLAs cannot be judged, and why?",
        description="No fresh facts: look at the database and the exporter. No such DAG: look at slas.yaml.",
        queries=(Query(f"{no_facts} or {no_dag}"),),
        columns=(
            Column(name="Why", field="why", width=140),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="DAG",
        descending=False,
    )


def _per_team(scope: Scope) -> Series:
    team = scope.one(sla.SLA_INFO, _SLA, ("team",))
    breached = scope.labelled(scope.max(sla.SLA_BREACHED, *_SLA), _SLA, ("team",), team)
    return Series(
        key="per-team",
        title="Which team has how many breached SLAs?",
        description=(
            "Breached SLAs per team. A step of many teams at once points at the platform, not at them."
        ),
        queries=(Query(f"sum {scope.by('team')} ({breached})", "{{team}} " + scope.legend),),
        unit=Shown.NUMBER,
        stacked=True,
        decimals=0,
    )
