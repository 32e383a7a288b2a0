"""What ends or blinds an Airflow of some version, and that the printed settings prevent it."""

from __future__ import annotations

from tests.recording.listener import Listener
from tests.support.trial import Trial
from windsock.catalog.statsd import dagruns
from windsock.wire import Profile

PLAIN_ID = "etl"
# The legacy twin with its tags is longer than the 250 characters that Airflow's own handler takes.
ID_OF_100 = "y" * 100
_TYPE_ERROR = "TypeError: unsupported operand type(s) for +: 'int' and 'str'"
_NO_TIMER = "'NoneType' object"


def supervisors_die_of_the_return_code_tag(airflow: Trial) -> None:
    """2.7 and 2.8 with tags: each task's supervisor ends with a TypeError, with the printed settings none."""
    default = {"statsd_disabled_tags": "job_id,run_id"}
    with airflow.run(Profile.TAGS, change=default, dag_ids=(PLAIN_ID,), name="return-code") as run:
        run.until("a TypeError", lambda: _TYPE_ERROR in run.output())
        run.until("an executor that hears of it", lambda: "executor event with state failed" in run.log())
    with airflow.run(Profile.TAGS, dag_ids=(PLAIN_ID,), name="no-return-code") as run:
        run.until("successful", lambda: run.states(PLAIN_ID).count("success") >= 2)
        assert _TYPE_ERROR not in run.output()
        assert "executor event with state failed" not in run.log()


def long_ids_end_the_scheduler_without_the_handler(airflow: Trial) -> None:
    """2.7 and 2.8 with tags: an id of 100 characters is enough; with the printed settings it runs."""
    without = {"stat_name_handler": None}
    with airflow.run(Profile.TAGS, change=without, dag_ids=(ID_OF_100,), name="no-handler") as run:
        run.until("an end", lambda: not run.airflow.components["scheduler"].running, alive="")
        assert _NO_TIMER in run.log()
    with airflow.run(Profile.TAGS, dag_ids=(ID_OF_100, "z" * 161), name="handler") as run:
        run.until("successful", lambda: all("success" in run.states(id_) for id_ in (ID_OF_100, "z" * 161)))
        name = f"{dagruns.DAGRUN_DURATION}_count"
        for id_ in (ID_OF_100, "z" * 161):
            arrived = lambda id_=id_: {s.get("dag_id") for s in run.exporter.page().series(name)} >= {id_}  # noqa: E731
            run.until("arrived", arrived, patience=15)


def legacy_names_come_whatever_the_option_says(airflow: Trial) -> None:
    """3.2: `legacy_names_on = False` is never read; the printed block list keeps the twins at home."""
    names = {"ti.start", "ti.finish", "dagrun.dependency-check"}
    never_read: dict[str, str | None] = {"legacy_names_on": "False", "metrics_block_list": None}
    for change, twins in ((never_read, names), ({}, set())):
        listener = Listener()
        try:
            with airflow.run(
                Profile.TAGS,
                change=change,
                dag_ids=(PLAIN_ID,),
                listener=listener,
                name=f"{len(twins)}-twins",
            ) as run:
                run.until("successful", lambda: run.states(PLAIN_ID).count("success") >= 2)
        finally:
            listener.close()
        sent = [line.removeprefix("airflow.") for line in listener.lines]
        assert {name for name in names for line in sent if line.startswith(f"{name},dag_id=etl")} == names
        assert {name for name in names for line in sent if line.startswith(f"{name}.etl")} == twins
