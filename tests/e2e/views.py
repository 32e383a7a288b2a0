"""What a run shows: no unknown StatsD line of Airflow, dashboards with data, figures equal to SQL."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from math import isclose
from typing import Any

from demo.stack import ports, programs, web
from tests.e2e.loop import DAGS, Loop
from tests.support.dashboard_data import unpadded
from tests.support.dashboard_reading import selectors
from tests.support.role import role
from tests.support.statsd import Page, without_empty
from windsock.catalog import BY_NAME, components, dags, tasks
from windsock.catalog.statsd import unknown
from windsock.metric import Kind
from windsock_dashboards import build
from windsock_dashboards.queries import queries

_PLANTED = "airflow.my_company.orders"


def _statsd(loop: Loop) -> Page:
    return Page.parse(web.text(f"{loop.stack.url('statsd-exporter')}/metrics"))


def unknown_line(loop: Loop) -> None:
    """A planted line raises its alert, and is the only unknown one."""
    loop.begin("An unknown StatsD line")
    for metric in unknown.METRICS:
        name = f"{metric}_count" if metric.kind is Kind.HISTOGRAM else metric.name
        assert not _statsd(loop).series(name), (
            f"Airflow {loop.name} sends lines that the mapping does not know"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(f"{_PLANTED}:1|c".encode(), (ports.HOST, loop.stack.ports["statsd"]))
    loop.note(f"`{_PLANTED}:1|c` is sent")
    firing = 'ALERTS{alertname="StatsdUnknownLines",alertstate="firing",severity="info"}'
    loop.until("StatsdUnknownLines", lambda: loop.query(firing))
    loop.note("StatsdUnknownLines fires")
    page = _statsd(loop)
    assert page.series(unknown.UNKNOWN_COUNTER.name) == [{}]
    assert page.value(unknown.UNKNOWN_COUNTER.name) == 1
    errors = {
        sample.labels["reason"]
        for sample in page.samples
        if sample.name == "statsd_exporter_events_error_total" and sample.value
    }
    assert errors <= {"illegal_negative_counter"}


def statsd_families(loop: Loop) -> None:
    """Every family of StatsD is one of the catalogue, as the catalogue says."""
    page = _statsd(loop)
    shown = {name: about for name, about in page.families.items() if name.startswith("airflow")}
    assert set(shown) <= set(BY_NAME)
    assert {name: (BY_NAME[name].kind.value, BY_NAME[name].help) for name in shown} == shown
    assert not [name for name in shown for dag_id in DAGS if dag_id in name]
    for sample in page.samples:
        assert "run_id" not in without_empty(sample.labels), sample
    for dag_id in DAGS:
        assert page.value("airflow_ti_finish_total", dag_id=dag_id, state="success") > 0, dag_id


def figures(loop: Loop) -> None:
    """What the exporter shows is what the database holds."""
    for pool, slots in _rows(loop, "SELECT pool, slots FROM slot_pool"):
        assert loop.value(f'{tasks.POOL_LIMIT}{{pool="{pool}"}}') == float(slots)
    for dag_id, paused in _rows(loop, "SELECT dag_id, is_paused::int FROM dag"):
        # A zero is left out unless everything is asked for.
        assert (loop.value(f'{dags.DAG_PAUSED}{{dag_id="{dag_id}"}}') or 0) == float(paused)
    owners = {found["metric"]["dag_id"]: found["metric"]["team"] for found in loop.query(str(dags.DAG_INFO))}
    assert {dag_id: owners[dag_id] for dag_id in DAGS} == {
        "finance_close": "finance",
        "commerce_export": "commerce",
        "windsock_canary": "data-platform",
    }
    # These two move on; within one wait both sides must agree at one moment.
    for dag_id in DAGS:
        last = (
            "SELECT extract(epoch FROM end_date) FROM dag_run"
            f" WHERE dag_id = '{dag_id}' AND state = 'success' ORDER BY id DESC LIMIT 1"
        )
        _agree(loop, last, f'{dags.LAST_SUCCESS}{{dag_id="{dag_id}"}}')
    beat = "SELECT extract(epoch FROM max(latest_heartbeat)) FROM job WHERE job_type = 'SchedulerJob'"
    _agree(loop, beat, f'{components.HEARTBEAT}{{job_type="SchedulerJob"}}')


def _agree(loop: Loop, statement: str, promql: str) -> None:
    seen: list[float] = []

    def met() -> bool:
        # Prometheus is behind by up to two collections and a scrape: it must show what the database said.
        seen.append(float(loop.sql(statement)))
        shown = loop.value(promql)
        return shown is not None and any(isclose(shown, value, abs_tol=0.01) for value in seen)

    loop.until(f"{promql} equal to SQL", met)


def _rows(loop: Loop, statement: str) -> list[list[str]]:
    return [row.split("|") for row in loop.sql(statement).splitlines()]


def db_check(loop: Loop) -> None:
    """`windsock db check` finds nothing wrong when it reads as the role that `windsock db grants` makes."""
    line = loop.name.rpartition(".")[0]
    with role(loop.postgres, "airflow", line, loop.stack.settings.folder) as url:
        done = subprocess.run(
            [programs.windsock(), "db", "check"],
            env={**os.environ, "WINDSOCK_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def promtool(loop: Loop) -> None:
    """Both pages of metrics pass `promtool check metrics`."""
    for service in ("windsock", "statsd-exporter"):
        text = web.text(f"{loop.stack.url(service)}/metrics")
        done = subprocess.run(
            [programs.promtool(), "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        ours = [line for line in done.stderr.splitlines() if line.startswith(("airflow", "windsock"))]
        assert not ours, f"{service}: {ours}"


def dashboards(loop: Loop) -> None:
    """A query of a dashboard had data at some moment of the run, if all series that it reads could show some.

    That somebody produces them is proven in `tests/integration/metadb/test_dashboards_have_data.py`.
    """
    chosen = {"airflow": loop.name, "dag_id": "finance_close"}
    silent = [
        f"{board['title']}: {title}: {expr}"
        for board in build.boards(build.Settings())
        for title, expr in queries(board, chosen, rate_interval="20s", window="10m")
        if not loop.seen(unpadded(expr)) and all(_shows(loop, each) for each in selectors(expr))
    ]
    assert not silent, "\n".join(silent)


def _shows(loop: Loop, selector: Any) -> bool:
    """Whether it existed, and counted on if it counts: one that was born and stayed has no rate."""
    counts = re.search("_(total|bucket|sum|count)$", selector.name)
    return loop.seen(f"changes({selector.prettify()}[1h]) > 0" if counts else selector.prettify())
