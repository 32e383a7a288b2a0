"""A small Airflow on paper: DAGs and runs by hand, an SLA file, a clock, and the engine over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from windsock.facts import Dag, Facts, Pool, Run
from windsock.sla import Engine, Register, Slas, Status, load
from windsock.state import State


def at(text: str) -> datetime:
    """`2026-03-02 06:30` as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def slas(text: str) -> Slas:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "slas.yaml"
        path.write_text(text, encoding="utf-8")
        found = load(path)
    return replace(found, places=tuple(place.removeprefix(f"{folder}/") for place in found.places))


def dag(dag_id: str = "finance_daily", **fields: Any) -> Dag:
    known: dict[str, Any] = {
        "paused": False,
        "import_error": False,
        "scheduled": True,
        "next_due": None,
        "at_max_active_runs": False,
    }
    return Dag(dag_id=dag_id, **{**known, **fields})


def run(due: str, *, state: str = "success", end: str | None = None, kind: str = "scheduled") -> Run:
    return Run(
        run_id=f"{kind}__{due}",
        run_type=kind,
        state=state,
        due=at(due),
        start=at(due),
        end=at(end) if end else None,
    )


class World:
    """The engine with a state that outlives it, fed with one moment after the other."""

    def __init__(self, text: str, folder: Path | None = None) -> None:
        self.text = text
        self.state = State(folder)
        self.engine = Engine(Register(slas(text)), self.state)

    def restart(self, text: str | None = None) -> None:
        self.text = text or self.text
        self.engine = Engine(Register(slas(self.text)), self.state)

    def see(
        self, now: str | datetime, *dags: Dag, pools: dict[str, Pool] | None = None
    ) -> tuple[Status, ...]:
        moment = at(now) if isinstance(now, str) else now
        facts = Facts(now=moment, dags={found.dag_id: found for found in dags}, pools=pools or {})
        return self.engine.evaluate(facts, moment)

    def one(self, now: str | datetime, *dags: Dag, pools: dict[str, Pool] | None = None) -> Status:
        (status,) = self.see(now, *dags, pools=pools)
        return status

    def blind(self, now: str) -> tuple[Status, ...]:
        return self.engine.evaluate(None, at(now))


def runs(*found: Run) -> tuple[Run, ...]:
    """Newest due first, as facts have them."""
    return tuple(sorted(found, key=lambda one: one.due, reverse=True))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def by_key(statuses: Iterable[Status]) -> dict[tuple[str, str], Status]:
    return {(status.sla, status.dag_id): status for status in statuses}
