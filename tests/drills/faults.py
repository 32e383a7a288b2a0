"""What drills do to Airflow's parts, its database and its watchers; each heals what it did."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from demo.stack.process import Process
from tests.e2e.loop import Loop
from windsock.catalog import components
from windsock.errors import BadInput

_STOPPING = 60.0


@contextmanager
def killed(loop: Loop, *names: str) -> Iterator[None]:
    """`kill -9`, without a word to anybody."""
    for name in names:
        loop.airflow.components[name].kill()
    loop.note(f"killed: {', '.join(names)}")
    yield
    _start(loop, *names)


@contextmanager
def stopped(loop: Loop, *names: str) -> Iterator[None]:
    """Stopped as a person or a deployment stops it: TERM, and time to end."""
    for name in names:
        end(loop.airflow.components[name])
    loop.note(f"stopped in order: {', '.join(names)}")
    yield
    _start(loop, *names)


@contextmanager
def frozen(loop: Loop, name: str) -> Iterator[None]:
    """The processes are there and do nothing, as on a machine that hangs."""
    loop.airflow.components[name].pause()
    loop.note(f"frozen: {name}")
    yield
    loop.airflow.components[name].resume()
    loop.note(f"goes on: {name}")


@contextmanager
def workers_frozen(loop: Loop) -> Iterator[None]:
    """The scheduler lives and queues tasks; whoever should run them does not.

    Of 3.x: on 2.11 the LocalExecutor's queue is one of the processes; without it the scheduler stands still.
    """
    scheduler = loop.airflow.components["scheduler"]
    over = Event()

    def freeze() -> None:
        while not over.wait(0.1):
            for pid in scheduler.members() - {scheduler.pid}:
                _send(pid, signal.SIGSTOP)

    thread = Thread(target=freeze)
    thread.start()
    loop.note("workers frozen")
    try:
        yield
    finally:
        over.set()
        thread.join()
        scheduler.resume()
    loop.note("workers go on")


@contextmanager
def pools_locked(loop: Loop) -> Iterator[None]:
    """A session holds the rows that every scheduler must lock before it queues a task."""
    statement = (
        "BEGIN; SELECT count(*) FROM (SELECT id FROM slot_pool FOR UPDATE) locked; SELECT pg_sleep(3600)"
    )
    thread = Thread(target=_until_ended, args=(loop, statement))
    thread.start()
    sleeping = "FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()"
    loop.until("a lock", lambda: int(loop.sql(f"SELECT count(*) {sleeping}")) > 0)
    loop.note("all pools are locked")
    try:
        yield
    finally:
        loop.sql(f"SELECT pg_terminate_backend(pid) {sleeping}")
        thread.join()
    loop.note("the lock is gone")


@contextmanager
def database_stopped(loop: Loop) -> Iterator[None]:
    """No connection, and none can be made."""
    loop.postgres.stop()
    loop.note("database stopped")
    yield
    loop.postgres.start()
    loop.note("database started")
    # Without their database all of them end by themselves, the scheduler of 3.x only after its tasks.
    _start(loop, "scheduler", "dag-processor", "triggerer")


@contextmanager
def database_slow(loop: Loop) -> Iterator[None]:
    """Four fifths of the time no part of the database does anything."""
    over = Event()
    server = loop.postgres.process

    def slow() -> None:
        while not over.is_set():
            server.pause()
            over.wait(0.8)
            server.resume()
            over.wait(0.2)

    thread = Thread(target=slow)
    thread.start()
    loop.note("the database does nothing 0.8 s of each second")
    try:
        yield
    finally:
        over.set()
        thread.join()
        server.resume()
    loop.note("the database is quick again")


@contextmanager
def right_lost(loop: Loop) -> Iterator[None]:
    """Windsock's role may not read tasks any more."""
    loop.sql("REVOKE SELECT ON task_instance FROM windsock")
    loop.note("windsock may not read task_instance")
    yield
    loop.stack.grant()
    loop.note("windsock may read it again")


@contextmanager
def service_killed(loop: Loop, name: str) -> Iterator[None]:
    """One of the watchers dies."""
    loop.stack.services[name].kill()
    loop.note(f"killed: {name}")
    yield
    loop.stack.start_services(name)
    loop.note(f"started again: {name}")


@contextmanager
def deployed(loop: Loop) -> Iterator[None]:
    """A new version rolls out: every component ends in order and begins again."""
    names = loop.components()
    for name in reversed(names):
        end(loop.airflow.components[name])
    loop.note("every component stopped in order")
    loop.airflow.start(*names)
    loop.airflow.wait_ready()
    beats(loop)
    yield


def end(process: Process) -> None:
    """TERM to the process itself, as a container runtime does, and KILL to what is left a minute later."""
    if process.pid and process.running:
        _send(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOPPING
    while process.running and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()


def beats(loop: Loop) -> None:
    """Wait until the scheduler has shown that it is alive."""
    silence = f'time() - {components.HEARTBEAT}{{job_type="SchedulerJob"}}'
    loop.until("a heartbeat", lambda: (loop.value(silence) or 999) < 5)
    loop.note("the scheduler is alive")


def _start(loop: Loop, *names: str) -> None:
    loop.restart(*names)
    if "api-server" in names:
        loop.airflow.wait_ready()
    if "scheduler" in names:
        beats(loop)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _until_ended(loop: Loop, statement: str) -> None:
    try:
        loop.sql(statement)
    except BadInput:  # its session was ended
        return
