"""The exporter's figures beside what Airflow's own API says of the same moment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from tests.e2e.expected import COLLECTORS, differences, expected, shown
from tests.e2e.loop import DAGS, Loop
from tests.e2e.rest import Answer, Api
from tests.support.statsd import Page
from windsock.catalog import components, metadb, outcomes

LOAD, HOLD, REPORT = "warehouse_load", "warehouse_hold", "warehouse_report"
# What their task instances come to, sorted.
_HELD = "deferred none running scheduled up_for_reschedule up_for_retry"
_ENDED = "failed skipped success success success success upstream_failed"
_RUN_ENDS = ("success", "failed")
_ROUNDS = 6


def reconcile(loop: Loop) -> None:
    """While tasks are held in every state that lasts, and again after somebody ended their runs by hand."""
    loop.begin("What the exporter and Airflow's API say of the same moment")
    if loop.airflow.major == 2:
        loop.airflow.start("webserver")
    for dag_id in (LOAD, HOLD):
        loop.set_paused(dag_id, paused=False)
    loop.until("a task in every state that lasts", lambda: _states(loop, HOLD) == _HELD)
    loop.until("a task for every way to end", lambda: _states(loop, LOAD, REPORT) == _ENDED)
    loop.note("tasks are in all states")
    loop.airflow.wait_ready()
    api = Api(loop.airflow)
    loop.note("the API answers")
    # Three runs in ten seconds leave no moment at which nothing moves.
    for dag_id in DAGS:
        api.set_paused(dag_id, paused=True)
    api.trigger(HOLD)
    # A run that was caught halfway stays as it is, and is compared too.
    loop.until("nothing runs but what is held", lambda: _at_work(loop) == HOLD)
    loop.until("a run that waits", lambda: _unfinished(loop, HOLD) == "queued running")
    answer = _agree(loop, api)
    _same_installation(loop, api)

    api.set_paused(HOLD, paused=True)
    for run in answer.runs:
        if run.dag_id == HOLD and run.state not in _RUN_ENDS:
            api.fail(run)
    loop.until("nothing is held", lambda: not _unfinished(loop, HOLD))
    loop.note(f"all runs of `{HOLD}` are marked as failed")
    # 2.x may write the end of such a run once more, after it was counted (docs/metadb.md).
    _agree(loop, api, without=f"{outcomes.RUN_SECONDS}_sum")
    for dag_id in DAGS:
        api.set_paused(dag_id, paused=False)
    if loop.airflow.major == 2:
        loop.airflow.components["webserver"].kill()


def _states(loop: Loop, *dag_ids: str) -> str:
    ids = ", ".join(f"'{dag_id}'" for dag_id in dag_ids)
    found = loop.sql(f"SELECT COALESCE(state, 'none') FROM task_instance WHERE dag_id IN ({ids}) ORDER BY 1")
    return " ".join(found.split())


def _at_work(loop: Loop) -> str:
    found = loop.sql("SELECT dag_id FROM task_instance WHERE state IN ('queued', 'running') ORDER BY 1")
    return " ".join(found.split())


def _unfinished(loop: Loop, dag_id: str) -> str:
    found = loop.sql(
        f"SELECT state FROM dag_run WHERE dag_id = '{dag_id}' AND state IN ('queued', 'running') ORDER BY 1"
    )
    return " ".join(found.split())


def _agree(loop: Loop, api: Api, *, without: str = "") -> Answer:
    """Ask the API, look at the exporter once it has read everything anew, ask again.

    If nothing has moved in between, all three must be the same.
    """
    said = ""
    for _ in range(_ROUNDS):
        before = api.answer()
        figures = shown(_page_since(loop, time.time()))
        if (after := api.answer()) != before:
            said = "the API did not give the same answer twice:\n" + "\n".join(before.moved(after))
            continue
        # It began to count at a moment that only it knows: all counters must agree on one.
        wanted = (expected(before, since) for since in _beginnings(loop, before))
        found = min((differences(each, figures, without=without) for each in wanted), key=len)
        if not found:
            loop.note(f"{len(figures)} figures agree with the API")
            return before
        said = "\n".join(found)
        loop.note(f"{len(found)} figures differ from the API")
    raise AssertionError(f"the exporter and the API of Airflow {loop.name} disagree:\n{said}")


def _page_since(loop: Loop, moment: float, collectors: Iterable[str] = COLLECTORS) -> Page:
    """The page as soon as all that these collectors show was read after the moment."""

    def fresh() -> Page | None:
        page = Page.parse(loop.metrics())
        for name in collectors:
            ended = page.value(str(metadb.COLLECTOR_LAST_SUCCESS), collector=name)
            if ended - page.value(str(metadb.COLLECTOR_DURATION), collector=name) < moment:
                return None
        return page

    page = loop.until("new figures", fresh)
    assert page
    return page


def _beginnings(loop: Loop, answer: Answer) -> Iterator[float]:
    """Moments at which counting may have begun, as far as they make a difference."""
    first, last = loop.counting
    yield first
    yield from (run.end for run in answer.runs if run.end is not None and first < run.end < last)


def _same_installation(loop: Loop, api: Api) -> None:
    """Version, heartbeats and the answer of the API itself."""
    page = Page.parse(loop.metrics())
    (info,) = page.series(str(metadb.METADB_INFO))
    version, oldest, newest = map(
        _version, (api.version(), info["airflow_version_min"], info["airflow_version_max"])
    )
    assert oldest <= version, info
    assert version[: len(newest)] <= newest, info
    assert page.value(str(components.API_SERVER_UP)) == 1
    before = api.heartbeats()
    page = _page_since(loop, time.time(), ["components"])
    after = api.heartbeats()
    for job_type, beat in before.items():
        shown = page.value(str(components.HEARTBEAT), job_type=job_type)
        # Heartbeats only go up.
        assert beat <= shown + 0.001, (job_type, beat, shown)
        assert shown <= after[job_type] + 0.001, (job_type, shown, after)
        assert page.value(str(components.ALIVE), job_type=job_type) >= 1


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
