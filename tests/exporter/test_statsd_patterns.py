"""How names are recognised: globs and expressions, their order, and how they split a name into ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mappings import every_mapping
from windsock.statsd.entries import entries
from windsock.statsd.options import PREFIX, Options
from windsock.statsd.patterns import Match, matches
from windsock.wire import PLACEHOLDER

id_without_dot = st.text("abcXYZ019_-", min_size=1, max_size=30)
dotted_id = st.lists(id_without_dot, min_size=1, max_size=4).map(".".join)


def _ids(name: str, sent: str) -> dict[str, str] | None:
    """What the first match that fits makes of a name, as statsd_exporter would."""
    for match in matches(name, prefix=PREFIX, capture=PLACEHOLDER.findall(name)):
        text = match.text if match.regex else _as_expression(match)
        if found := re.search(text, sent):
            return {
                label: re.sub(r"\$\{(\d+)\}", lambda group: found[int(group[1])], template)
                for label, template in match.ids.items()
            }
    return None


def _as_expression(glob: Match) -> str:
    return (
        "^" + r"\.".join("([^.]*)" if part == "*" else re.escape(part) for part in glob.text.split(".")) + "$"
    )


@given(dag_id=id_without_dot, task_id=dotted_id, state=id_without_dot)
def test_a_name_is_split_into_its_ids(dag_id: str, task_id: str, state: str) -> None:
    found = _ids("ti.finish.{dag_id}.{task_id}.{state}", f"airflow.ti.finish.{dag_id}.{task_id}.{state}")
    assert found == {"dag_id": dag_id, "task_id": task_id, "state": state}


@given(queue=id_without_dot, dag_id=id_without_dot, task_id=dotted_id)
def test_a_task_of_a_group_is_split_with_a_queue_before_it(queue: str, dag_id: str, task_id: str) -> None:
    found = _ids("ti.running.{queue}.{dag_id}.{task_id}", f"airflow.ti.running.{queue}.{dag_id}.{task_id}")
    assert found == {"queue": queue, "dag_id": dag_id, "task_id": task_id}


@given(dag_id=dotted_id)
def test_an_id_in_the_middle_may_hold_dots_if_it_is_the_only_one(dag_id: str) -> None:
    sent = f"airflow.dagrun.{dag_id}.first_task_scheduling_delay"
    assert _ids("dagrun.{dag_id}.first_task_scheduling_delay", sent) == {"dag_id": dag_id}


@given(name=st.text("abc._-", min_size=1, max_size=40))
def test_a_dot_of_the_name_is_a_dot(name: str) -> None:
    (match,) = matches(name, prefix=PREFIX)
    assert match == Match(text=f"airflow.{name}")
    expression = matches(f"x{name}_{{dag_id}}", prefix=PREFIX)[-1].text
    assert re.search(expression, f"airflow.x{name}_my.dag")
    if "." in name:
        assert not re.search(expression, f"airflow.x{name.replace('.', 'x')}_my.dag")


@pytest.mark.parametrize("prefix", ["airflow", "team.airflow-2", "_x"])
def test_the_prefix_is_taken_literally(prefix: str) -> None:
    for match in matches("pool.open_slots.{pool_name}", prefix=prefix):
        text = match.text if match.regex else _as_expression(match)
        assert re.search(text, f"{prefix}.pool.open_slots.x")
        assert not re.search(text, f"{prefix.replace('.', 'x')}y.pool.open_slots.x")


@every_mapping
def test_of_two_that_fit_the_more_literal_one_is_meant(options: Options) -> None:
    for name in (
        "airflow.dagrun.schedule_delay.first_task_scheduling_delay",
        "airflow.dagrun.schedule_delay.a.first_task_scheduling_delay",
    ):
        first = next(
            entry
            for entry in entries(options)
            if re.search(entry.match.text if entry.match.regex else _as_expression(entry.match), name)
        )
        assert first.line == "dagrun.schedule_delay.{dag_id}"


@every_mapping
def test_expressions_stand_before_globs_and_those_for_most_names_first(options: Options) -> None:
    """For a new name that no glob fits, statsd_exporter goes through the file from the top, globs too."""
    kinds = [entry.match.regex for entry in entries(options)]
    assert kinds == sorted(kinds, reverse=True)
    lines = [entry.line for entry in entries(options) if entry.match.regex]
    often = [
        line.startswith(("ti.finish.", "ti.start.", "dag.{", "task.", "local_task_job.")) for line in lines
    ]
    assert often[0]
    assert often == sorted(often, reverse=True)
