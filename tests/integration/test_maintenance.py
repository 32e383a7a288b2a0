"""`windsock maintenance` on real Alertmanager: silent while it lasts, and not a moment longer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.alert_stack import Stack, alert_stack, until
from windsock.catalog import components, metadb
from windsock.cli import root
from windsock.errors import BadInput
from windsock.remote import Alertmanager, instant

pytestmark = pytest.mark.real_time

# Airflow to the time of its scheduler's last heartbeat; those that are not here are alive.
DEAD: dict[str, float] = {}


def says(airflow: str, now: float) -> str:
    beat = DEAD.get(airflow, now)
    return (
        f"{metadb.SNAPSHOT} {now}\n{metadb.METADB_UP} 1\n"
        f'{components.HEARTBEAT}{{job_type="SchedulerJob"}} {beat}\n'
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    airflows = {name: lambda _at, now, name=name: says(name, now) for name in ("prod", "prod-eu", "heals")}
    with alert_stack(tmp_path_factory.mktemp("maintenance"), airflows) as found:
        yield found


def windsock(stack: Stack, *arguments: str) -> Result:
    url = f"--alertmanager-url={stack.alertmanager}"
    return CliRunner().invoke(root, ["maintenance", *arguments, url])


def heard(stack: Stack, airflow: str) -> list[str]:
    return [page.status for page in stack.pager.pages() if f'airflow="{airflow}"' in page.group]


def test_a_scheduler_that_is_still_dead_at_its_end_pages_then_and_another_airflow_is_not_silenced(
    stack: Stack,
) -> None:
    result = windsock(stack, "start", "--airflow=prod", "--for=30s", "--author=kim", "--comment=upgrade")
    assert result.exit_code == 0, result.output
    assert "airflow=prod is silent until" in result.stdout
    DEAD.update({"prod": time.time(), "prod-eu": time.time()})
    (listed,) = json.loads(windsock(stack, "list", "--format=json").stdout)
    assert (listed["labels"], listed["author"], listed["comment"]) == ({"airflow": "prod"}, "kim", "upgrade")
    (silence,) = Alertmanager(stack.alertmanager).silences()
    assert silence["matchers"] == [{"isEqual": True, "isRegex": False, "name": "airflow", "value": "prod"}]
    until(lambda: heard(stack, "prod-eu") == ["firing"], what="a page of the other Airflow")
    until(lambda: heard(stack, "prod") == ["firing"], what="the page after the end")
    page = next(page for page in stack.pager.pages() if 'airflow="prod"' in page.group)
    assert page.at >= instant(listed["ends"]).timestamp()
    assert page.names() == ["AirflowSchedulerDown"]
    assert "no maintenance" in windsock(stack, "list").stdout


def test_what_was_told_before_and_heals_meanwhile_is_listed_and_not_told_as_resolved(stack: Stack) -> None:
    DEAD["heals"] = time.time()
    until(lambda: heard(stack, "heals") == ["firing"], what="the page")
    result = windsock(stack, "start", "--airflow=heals", "--for=1h", f"--prometheus-url={stack.prometheus}")
    assert "fires already: AirflowSchedulerDown; if it ends meanwhile, close it in the pager" in result.stdout
    del DEAD["heals"]
    manager = Alertmanager(stack.alertmanager)
    until(lambda: not manager.alerts('airflow="heals"', 'alertname="AirflowSchedulerDown"'), what="the end")
    time.sleep(6)  # three group intervals, in which Alertmanager forgets it
    assert windsock(stack, "end", "--airflow=heals").exit_code == 0
    time.sleep(6)
    assert heard(stack, "heals") == ["firing"]


def test_it_ends_at_once_by_its_id_and_leaves_silences_of_others(stack: Stack) -> None:
    manager = Alertmanager(stack.alertmanager)
    other = {
        "matchers": [{"name": "airflow", "value": "x", "isRegex": False, "isEqual": True}],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": "2120-01-01T00:00:00Z",
        "createdBy": "kim",
        "comment": "mine",
    }
    kept = manager.send("/api/v2/silences", other)["silenceID"]
    begun = windsock(stack, "start", "--airflow=x", "--for=1h", "--dag=a b", "--team=t")
    found = begun.stdout.partition(":")[0]
    assert windsock(stack, "end", kept).exit_code == 1
    ended = windsock(stack, "end", found)
    assert ended.stdout == f"ended {found}: airflow=x, dag_id=a b, team=t\n"
    states = {each["id"]: each["status"]["state"] for each in manager.silences()}
    assert (states[kept], states[found]) == ("active", "expired")


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (
            ["start", "--airflow=prdo", "--for=1h", "PROMETHEUS"],
            "no target has this label (known: heals, prod, ",
            1,
        ),
        (["start", "--airflow=prod", "--for=8d"], "--for: at most 7d", 1),
        (["start", "--airflow=", "--for=1h"], "a matcher is empty", 1),
        (["start", "--airflow=prod", "--for=1hour"], "'1hour' is not a duration", 2),
        (["end", "nonsense"], "no such maintenance is under way (known: none)", 1),
        (["end"], "Give its ID", 2),
        (
            ["list", "--alertmanager-url=http://127.0.0.1:1"],
            "--alertmanager-url http://127.0.0.1:1: does not",
            1,
        ),
        (["list", "--alertmanager-url=nonsense"], "--alertmanager-url: 'nonsense' is no URL", 1),
    ],
)
def test_a_mistake_is_one_clear_line(stack: Stack, arguments: list[str], said: str, code: int) -> None:
    given = [each.replace("PROMETHEUS", f"--prometheus-url={stack.prometheus}") for each in arguments]
    result = CliRunner(env={"WINDSOCK_ALERTMANAGER_URL": stack.alertmanager}).invoke(
        root, ["maintenance", *given]
    )
    assert result.exit_code == code
    text = result.output if code == 2 else str(result.exception)
    assert said in text
    assert code == 2 or isinstance(result.exception, BadInput)


def test_a_server_that_is_no_alertmanager_is_named_without_the_password(stack: Stack) -> None:
    url = stack.prometheus.replace("http://", "http://kim:secret@")
    command = [str(Path(sys.executable).with_name("windsock")), "maintenance", "list"]
    result = subprocess.run(
        [*command, f"--alertmanager-url={url}"], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"windsock: --alertmanager-url {stack.prometheus}: 404 ")
    assert "secret" not in result.stderr
