"""Both Airflows with everything around them, started once, used by every test here, and gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.stack import ports
from tests.conftest import TIMELINE
from tests.e2e.loop import Loop
from tests.e2e.timeline import Timeline

pytest.register_assert_rewrite(
    *(f"tests.e2e.{name}" for name in ("causes", "reconcile", "scenarios", "views"))
)

VERSIONS = ("2.11.2", "3.3.2")
# All times of the alerts are divided by this.
FACTOR = 10


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Loop]]:
    """The loops, all running; at the end every process must be gone and every port free.

    Of the module, not the session: their worker has other tests to run, and two Airflows take half a machine.
    """
    TIMELINE.unlink(missing_ok=True)
    timeline = Timeline(FACTOR, TIMELINE)
    made = [
        Loop(version, folder=tmp_path_factory.mktemp(version), timeline=timeline, factor=FACTOR)
        for version in VERSIONS
    ]
    try:
        with ThreadPoolExecutor(len(made)) as pool:
            list(pool.map(Loop.start, made))
        yield made
    finally:
        with ThreadPoolExecutor(len(made)) as pool:
            list(pool.map(Loop.stop, made))
    for loop in made:
        processes = [*loop.stack.processes(), loop.postgres.process]
        left = {process.name: pids for process in processes if (pids := process.members())}
        assert not left, f"Airflow {loop.name} left processes: {left}"
        taken = {name: port for name, port in loop.stack.ports.items() if ports.taken(port)}
        assert not taken, f"Airflow {loop.name} left ports taken: {taken}"
