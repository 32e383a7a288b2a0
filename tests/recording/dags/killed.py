"""Tasks and their supervisors that are killed or freeze, so that others find out."""

from __future__ import annotations

import os
import signal
import time

from recording_parts import dag_of, task
from setproctitle import getproctitle

if "task supervisor" in getproctitle() and "dies_at_start" in getproctitle():
    os._exit(1)  # in Airflow 2 the process that should run the task, before it says that it runs

with dag_of("dies_at_start"):

    @task
    def never() -> None:
        print("nobody gets here")

    never()

with dag_of("killed"):

    @task
    def killed() -> None:
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)

    @task
    def orphaned() -> None:
        time.sleep(1)
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    killed()
    orphaned()

with dag_of("frozen"):

    @task
    def freeze() -> None:
        time.sleep(1)
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(60)

    freeze()

with dag_of("ended_by_hand"):

    @task
    def run_on() -> None:
        time.sleep(90)

    run_on()

with dag_of("outlasts_the_database"):

    @task
    def last() -> None:
        time.sleep(600)

    last()
