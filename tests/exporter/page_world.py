"""A View with something of everything, and how a browser or a person gets at its pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser

from tests.exporter.sla_world import at, dag
from windsock.facts import ActiveTasks, Facts, Pool
from windsock.pages import Pages
from windsock.sla import Cause, Standing, Status
from windsock.sla.record import Reader
from windsock.sla.status import WrongTag
from windsock.view import BrokenFile, CollectorHealth, Component, RunIds, View
from windsock.web import App, Response

AIRFLOW = "https://airflow.example/base"
GRAFANA = "https://grafana.example"
NOW = at("2026-03-02 07:42")

LATE = Status(
    sla="finish_by",
    dag_id="finance_daily",
    kind="finish_by",
    team="finance",
    severity="page",
    deadline_text="06:30 UTC",
    standing=Standing.BREACHED,
    deadline=at("2026-03-02 06:30"),
    late=72 * 60,
    cause=Cause.POOL_FULL,
    place="slas.yaml:2",
)
KEPT = Status(
    sla="fresh",
    dag_id="shop_orders",
    kind="max_age",
    team="commerce",
    severity="ticket",
    deadline_text="26h after last success",
    standing=Standing.OK,
    deadline=at("2026-03-02 10:54"),
)
MISSING = Status(
    sla="max_age",
    dag_id="nosuch_*",
    kind="max_age",
    team="default",
    severity="page",
    deadline_text="1d after last success",
    standing=Standing.UNKNOWN,
    missing=True,
    warning="no DAG matches this glob in Airflow (yet): slas.yaml:9",
)
VIEW = View(
    at=NOW,
    database_up=True,
    read_at=NOW,
    facts=Facts(
        now=NOW,
        dags={
            "finance_daily": dag(
                owners=("cfo",), tasks=(ActiveTasks(state="scheduled", pool="dwh", queue="q", count=3),)
            )
        },
        pools={"dwh": Pool(limit=16, occupied=16)},
    ),
    statuses=(KEPT, LATE, MISSING),
    wrong_tags=(WrongTag(dag_id="etl", team="finance", tag="sla:max_age=x", why="expected a duration"),),
    runs={
        "finance_daily": RunIds(latest="scheduled__2026-03-02T02:00:00+00:00", running="r 1/ü"),
        "shop_orders": RunIds(),
    },
    collectors=(
        CollectorHealth(name="tasks", last_success=NOW),
        CollectorHealth(name="results", last_success=None, disabled="privilege"),
        CollectorHealth(name="runs", last_success=NOW, problem="statement timeout"),
    ),
    components=(
        Component(job_type="SchedulerJob", heartbeat=at("2026-03-02 07:41:55"), stopped=False),
        Component(job_type="TriggererJob", heartbeat=at("2026-03-02 06:42"), stopped=False),
        Component(job_type="DagProcessorJob", heartbeat=at("2026-03-01 07:42"), stopped=True),
    ),
    broken_files=(
        BrokenFile(bundle="dags", file="marketing.py", team="marketing", first_seen=at("2026-03-02 06:42")),
    ),
    airflow_version="3.3.2",
    major=3,
)
NASTY = '<script>alert("x")</script> & ‘ü’\n../..'


def get(
    path: str,
    view: View = VIEW,
    base: str | None = AIRFLOW,
    now: datetime = NOW,
    record: Reader | None = None,
) -> Response:
    """The answer to a browser."""
    plain, _, query = path.partition("?")
    environ: Mapping[str, object] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": plain,
        "windsock.raw_path": plain,
        "QUERY_STRING": query,
    }
    return App(Pages(lambda: view, base, GRAFANA, record=record, clock=lambda: now).routes).answer(environ)


def text(response: Response) -> str:
    """What a person reads."""
    shown: list[str] = []

    class Reader(HTMLParser):
        hidden = False

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.hidden = tag == "style"

        def handle_data(self, data: str) -> None:
            if not self.hidden and data.strip():
                shown.append(data.strip())

    Reader().feed(response.body.decode())
    return "\n".join(shown)
