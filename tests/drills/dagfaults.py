"""What drills do to DAGs, tasks and pools; each heals what it did."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.drills.drill import NO_SLAS
from tests.e2e.loop import Loop
from windsock.catalog import sla


@contextmanager
def told(loop: Loop, dag_id: str, flag: str) -> Iterator[None]:
    """Its task waits or fails until it is healed."""
    loop.set_flag(dag_id, flag)
    yield
    loop.set_flag(dag_id, "succeed")


@contextmanager
def paused(loop: Loop, dag_id: str) -> Iterator[None]:
    """Somebody pauses it."""
    loop.set_paused(dag_id, paused=True)
    yield
    loop.set_paused(dag_id, paused=False)


@contextmanager
def pool_of(loop: Loop, pool: str, slots: int) -> Iterator[None]:
    """Somebody makes a pool smaller."""
    loop.set_slots(pool, slots)
    yield
    loop.set_slots(pool, 2)


@contextmanager
def pool_deleted(loop: Loop, pool: str) -> Iterator[None]:
    """Somebody deletes a pool that tasks ask for."""
    loop.sql(f"DELETE FROM slot_pool WHERE pool = '{pool}'")
    loop.note(f"pool `{pool}` deleted")
    yield
    loop.sql(f"INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('{pool}', 2, false)")
    loop.note(f"pool `{pool}` is there again")


@contextmanager
def file_broken(loop: Loop, name: str) -> Iterator[None]:
    """A change breaks a DAG file."""
    file = loop.dags / name
    good = file.read_text(encoding="utf-8")
    file.write_text("import what_is_not_there\n" + good, encoding="utf-8")
    loop.note(f"`{name}` is broken")
    yield
    file.write_text(good, encoding="utf-8")
    loop.note(f"`{name}` is as before")


@contextmanager
def file_deleted(loop: Loop, name: str) -> Iterator[None]:
    """A DAG file goes away."""
    file = loop.dags / name
    good = file.read_text(encoding="utf-8")
    file.unlink()
    loop.note(f"`{name}` is deleted")
    yield
    file.write_text(good, encoding="utf-8")
    loop.note(f"`{name}` is there again")


@contextmanager
def retried(loop: Loop, dag_id: str) -> Iterator[None]:
    """Its task fails at the first try and succeeds at the second."""
    loop.set_flag(dag_id, "fail-once")
    healed = (
        "SELECT count(*) FROM task_instance"
        f" WHERE dag_id = '{dag_id}' AND try_number > 1 AND state = 'success'"
    )
    before = int(loop.sql(healed))
    loop.until("two runs that healed", lambda: int(loop.sql(healed)) >= before + 2)
    loop.note(f"two runs of `{dag_id}` succeeded at the second try")
    yield
    loop.set_flag(dag_id, "succeed")


@contextmanager
def at_risk(loop: Loop, dag_id: str, *, met: bool) -> Iterator[None]:
    """Its task waits until the SLA is known to be at risk, and goes on in time, or not."""
    loop.set_flag(dag_id, "wait")
    try:
        loop.until("a risk", lambda: loop.query(f'{sla.SLA_AT_RISK}{{dag_id="{dag_id}"}} == 1'))
        loop.note(f"the SLA of `{dag_id}` is at risk")
        if met:
            loop.set_flag(dag_id, "succeed")
        yield
    finally:
        loop.set_flag(dag_id, "succeed")


@contextmanager
def due_at(loop: Loop, dag_id: str) -> Iterator[None]:
    """A daily DAG must be done by a local time that is a minute away, and is not."""
    due = (datetime.now(timezone.utc) + timedelta(seconds=80)).replace(second=0)
    loop.set_flag(dag_id, "wait")
    loop.set_slas(f'slas:\n- {{dag: {dag_id}, finish_by: "{due:%H:%M}"}}\n')
    loop.set_paused(dag_id, paused=False)
    yield
    loop.set_flag(dag_id, "succeed")
    loop.until("success", lambda: loop.value(f'{sla.SLA_BREACHED}{{dag_id="{dag_id}"}}') == 0)
    loop.set_paused(dag_id, paused=True)


@contextmanager
def task_killed(loop: Loop, dag_id: str) -> Iterator[None]:
    """Its task and the worker that runs it die; the other workers live, and nobody tells Airflow."""
    loop.set_flag(dag_id, "wait")
    running = f"SELECT count(*) FROM task_instance WHERE dag_id = '{dag_id}' AND state = 'running'"
    others = "SELECT count(*) FROM task_instance WHERE state = 'running'"
    loop.until("a lonely running task", lambda: loop.sql(running) == loop.sql(others) == "1")
    scheduler = loop.airflow.components["scheduler"]
    workers = scheduler.members() - {scheduler.pid}
    parents = {pid: _parent(pid) for pid in workers}
    for pid in {pid for pid, parent in parents.items() if parent in workers or pid in parents.values()}:
        os.kill(pid, signal.SIGKILL)
    loop.strike(f"the task of `{dag_id}` is killed")
    loop.set_flag(dag_id, "succeed")
    yield


@contextmanager
def deferred_and_killed(loop: Loop, dag_id: str) -> Iterator[None]:
    """The triggerer dies while a task waits in it."""
    loop.set_paused(dag_id, paused=False)
    deferred = f"SELECT count(*) FROM task_instance WHERE dag_id = '{dag_id}' AND state = 'deferred'"
    loop.until("a deferred task", lambda: loop.sql(deferred) == "1")
    loop.set_paused(dag_id, paused=True)
    loop.strike("triggerer killed")
    loop.airflow.components["triggerer"].kill()
    yield
    loop.restart("triggerer")
    loop.until("its end", lambda: loop.sql(deferred) == "0")


@contextmanager
def backlog(loop: Loop, dag_id: str) -> Iterator[None]:
    """Forty tasks want one slot; all of them will be done."""
    loop.set_paused(dag_id, paused=False)
    waiting = (
        f"SELECT count(*) FROM task_instance WHERE dag_id = '{dag_id}' AND state IS DISTINCT FROM 'success'"
    )
    done = f"SELECT count(*) FROM task_instance WHERE dag_id = '{dag_id}' AND state = 'success'"
    loop.until("a backlog", lambda: int(loop.sql(waiting)) >= 40)
    loop.note("forty tasks wait for one slot")
    yield
    loop.until("the end of the backlog", lambda: int(loop.sql(done)) >= 40, timeout=400)
    loop.note("all are done")
    loop.set_paused(dag_id, paused=True)


@contextmanager
def crowd_behind_a_dead_scheduler(loop: Loop) -> Iterator[None]:
    """Two hundred DAGs of three teams become late while nothing runs, and fail when something does."""
    _crowd(loop, 200)
    loop.set_slas('slas:\n- {dag: "crowd_*", max_age: 3m}\n')
    late = f'count({sla.SLA_BREACHED}{{dag_id=~"crowd_.*"}} == 1)'
    known = f'count({sla.SLA_BREACHED}{{dag_id=~"crowd_.*"}} == 0)'
    loop.until("200 SLAs that are met", lambda: loop.value(known) == 200)
    loop.strike("scheduler killed; from now on 200 DAGs fail")
    loop.airflow.components["scheduler"].kill()
    loop.set_flag("crowd", "fail 200")
    loop.until("200 breached SLAs", lambda: loop.value(late) == 200, timeout=300)
    loop.note("200 SLAs are breached")
    loop.restart("scheduler")
    failed = "SELECT count(DISTINCT dag_id) FROM dag_run WHERE state = 'failed' AND dag_id LIKE 'crowd_%'"
    loop.until("200 failures", lambda: int(loop.sql(failed)) >= 200, timeout=400)
    loop.note("200 DAGs have failed")
    yield
    loop.set_flag("crowd", "succeed 200")
    loop.until("200 successes", lambda: loop.value(known) == 200, timeout=600)
    loop.sql("UPDATE dag SET is_paused = true WHERE dag_id LIKE 'crowd_%'")
    loop.set_slas(NO_SLAS)


@contextmanager
def healthy(loop: Loop, number: int) -> Iterator[None]:
    """So many DAGs of three teams more, and nothing wrong with any."""
    _crowd(loop, number)
    yield
    loop.sql("UPDATE dag SET is_paused = true WHERE dag_id LIKE 'crowd_%'")


@contextmanager
def paused_and_killed(loop: Loop, dag_id: str, component: str) -> Iterator[None]:
    """Two incidents that have nothing to do with each other."""
    loop.set_paused(dag_id, paused=True)
    loop.airflow.components[component].kill()
    loop.note(f"killed: {component}")
    yield
    loop.restart(component)
    loop.set_paused(dag_id, paused=False)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def _crowd(loop: Loop, number: int) -> None:
    loop.set_flag("crowd", f"succeed {number}")
    loop.sql("UPDATE dag SET is_paused = false WHERE dag_id LIKE 'crowd_%'")
    succeeded = "SELECT count(DISTINCT dag_id) FROM dag_run WHERE state = 'success' AND dag_id LIKE 'crowd_%'"
    loop.until("first successes", lambda: int(loop.sql(succeeded)) >= number, timeout=400)
    loop.note(f"{number} DAGs have succeeded")
