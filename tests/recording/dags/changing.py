"""DAGs that lose a task and get it back, one of them while it runs; the file beside this one says when."""

from __future__ import annotations

import time
from pathlib import Path

from recording_parts import dag_of, task

WHOLE = not Path(__file__).with_suffix(".without").exists()

with dag_of("changing"):

    @task
    def stays() -> None:
        time.sleep(120)

    @task
    def comes_and_goes() -> None:
        print("here")

    stayed = stays()
    if WHOLE:
        stayed >> comes_and_goes()

with dag_of("cleared_when_smaller"):

    @task
    def keeps() -> None:
        print("in every version of the DAG")

    @task
    def leaves() -> None:
        print("only in the first")

    keeps()
    if WHOLE:
        leaves()
