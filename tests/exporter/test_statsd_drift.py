"""`windsock statsd drift`: what differs, what explains it, and what the command prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from windsock.airflow_versions import RELEASES
from windsock.cli.statsd import statsd
from windsock.errors import BadInput
from windsock.statsd.drift.expected import expected, nearest
from windsock.statsd.drift.explanations import EXPLANATIONS, PROVIDERS, Provider, explain
from windsock.statsd.drift.installation import Installation, at_site_packages
from windsock.statsd.drift.report import Report, look

# Calls that send exactly what the catalogue has under these names in 2.11.
HEARTBEAT = "Stats.incr('scheduler_heartbeat')"
LOOP = "Stats.timer('scheduler.scheduler_loop_duration')"
LINES = ", ".join(RELEASES)

Install = Callable[..., Installation]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """An Airflow that makes these calls, beside these providers."""

    def made(*calls: str, version: str = "2.11.2", **providers: str) -> Installation:
        (tmp_path / f"apache_airflow-{version}.dist-info").mkdir()
        for name, release in providers.items():
            (tmp_path / f"apache_airflow_providers_{name}-{release}.dist-info").mkdir()
        (tmp_path / "airflow").mkdir()
        (tmp_path / "airflow" / "job.py").write_text("\n".join(("from airflow.stats import Stats", *calls)))
        return at_site_packages(tmp_path)

    return made


def difference(report: Report, name: str) -> tuple[str, str]:
    (row,) = (row for row in report.rows if row.name == name)
    return row.status.value, row.detail


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(statsd, ["drift", *arguments])


def test_what_the_catalogue_has_is_the_same(install: Install) -> None:
    report = look(install(HEARTBEAT, LOOP))
    assert difference(report, "scheduler_heartbeat") == ("same", "")
    assert difference(report, "scheduler.scheduler_loop_duration") == ("same", "")


@pytest.mark.parametrize(
    ("call", "name", "status", "detail"),
    [
        pytest.param("Stats.incr('shiny')", "shiny", "new", "not in the catalogue", id="a new metric"),
        pytest.param(
            "Stats.gauge('scheduler_heartbeat', 1)",
            "scheduler_heartbeat",
            "different",
            "type gauge, in the catalogue counter",
            id="another type",
        ),
        pytest.param(
            "Stats.incr('scheduler_heartbeat', tags={'host': 1})",
            "scheduler_heartbeat",
            "different",
            "tags not in the catalogue: host",
            id="one tag more",
        ),
        pytest.param(
            "Stats.incr('ti_failures', tags={'dag_id': 1})",
            "ti_failures",
            "different",
            "tags not sent: task_id",
            id="one tag less",
        ),
        pytest.param(
            "Stats.incr('ti_failures', tags={'dag_id': 1, 'task_id': 1, 'team_name': 1})",
            "ti_failures",
            "same",
            "",
            id="the tag of several teams",
        ),
        pytest.param(
            "Stats.incr('ti_failures', tags=unknown)",
            "ti_failures",
            "different",
            "tags not sent: dag_id, task_id; tags that cannot be read: unknown",
            id="tags that cannot be read",
        ),
        pytest.param(
            "Stats.timing('scheduler.scheduler_loop_duration', took.total_seconds())",
            "scheduler.scheduler_loop_duration",
            "different",
            "measured as seconds, in the catalogue as timer",
            id="another unit",
        ),
        pytest.param(
            "Stats.gauge('triggerer.capacity_left', 1)",
            "triggerer.capacity_left",
            "different",
            "the catalogue says that nothing sends it",
            id="dead, and alive again",
        ),
        pytest.param(
            "", "scheduler_heartbeat", "gone", "in the catalogue, not in this installation", id="gone"
        ),
        pytest.param(
            "",
            "edge_worker.connected",
            "absent",
            "apache-airflow-providers-edge3 is not installed",
            id="of a provider that is not there",
        ),
    ],
)
def test_what_differs(install: Install, call: str, name: str, status: str, detail: str) -> None:
    assert difference(look(install(call)), name) == (status, detail)


def test_ids_may_have_other_words(install: Install) -> None:
    report = look(install("Stats.incr(f'ti.start.{ti.dag_id}.{the_task}')"))
    assert difference(report, "ti.start.{dag_id}.{task_id}") == ("same", "")


@pytest.mark.parametrize(
    ("release", "why"),
    [
        ("9.2.0", "comes with provider amazon 9.9.0; 9.2.0 is installed"),
        ("9.9.0", ""),
    ],
)
def test_a_provider_may_be_too_old_for_a_name(install: Install, release: str, why: str) -> None:
    installation = install(amazon=release)
    assert explain("lambda_executor.adopt_task_instances.duration", "gone", "2.11", installation) == why


def test_a_provider_may_be_too_new_for_a_name(install: Install) -> None:
    installation = install(cncf_kubernetes="10.25.0")
    name = "kubernetes_executor.clear_not_launched_queued_tasks.duration"
    assert explain(name, "gone", "2.11", installation) == (
        "went with provider cncf-kubernetes 10.2.0; 10.25.0 is installed"
    )


@pytest.mark.parametrize(("version", "why"), [("3.1.7", "comes with 3.1.8"), ("3.1.8", "")])
def test_a_patch_release_may_be_too_old_for_a_name(install: Install, version: str, why: str) -> None:
    assert explain("ti.start.{}.{}", "gone", "3.1", install(version=version)) == why


def test_no_explanation_reaches_a_name_of_another_kind(install: Install) -> None:
    assert explain("scheduler_heartbeat", "gone", "2.11", install()) == ""


@pytest.mark.parametrize("provider", [pytest.param(one, id=one.shape) for one in PROVIDERS])
def test_a_provider_is_said_of_names_in_the_catalogue(provider: Provider) -> None:
    names = {name for line in provider.lines for name in expected(line)}
    assert any(re.fullmatch(provider.shape, name) for name in names)


def test_explanations_are_sentences_without_a_full_stop() -> None:
    assert [known.why for known in EXPLANATIONS if not known.why or known.why.endswith(".")] == []


@pytest.mark.parametrize(
    ("release", "line"),
    [((3, 3, 2), "3.3"), ((3, 4, 0), "3.3"), ((4, 0), "3.3"), ((2, 10), "2.10"), ((2, 6, 3), "2.7")],
)
def test_an_unknown_airflow_is_compared_with_the_nearest_before_it(
    release: tuple[int, ...], line: str
) -> None:
    assert nearest(release) == line


@pytest.mark.parametrize(
    ("version", "note"),
    [
        ("2.11.2", ""),
        ("2.11.9", "The catalogue was checked with 2.11.2; 2.11.9 may differ in few names."),
        (
            "3.4.0",
            f"Airflow 3.4.0 is no line of the catalogue ({LINES}): compared with 3.3, the nearest.",
        ),
    ],
)
def test_another_release_is_said(install: Install, version: str, note: str) -> None:
    assert look(install(version=version)).note == note


def test_the_command_fails_while_a_difference_is_unexplained(install: Install) -> None:
    root = install("Stats.incr('shiny')").root
    result = drift("--site-packages", str(root))
    assert result.exit_code == 1
    assert "new        counter  shiny" in result.output
    assert "airflow/job.py:2" in result.output
    assert "UNEXPLAINED" in result.output
    assert "21 names not compared: apache-airflow-providers-edge3 is not installed." in result.output


def test_all_prints_the_names_that_match(install: Install) -> None:
    root = str(install(HEARTBEAT).root)
    assert "same       counter  scheduler_heartbeat" not in drift("--site-packages", root).output
    assert "same       counter  scheduler_heartbeat" in drift("--site-packages", root, "--all").output


def test_json_has_the_same_rows(install: Install) -> None:
    root = str(install("Stats.incr('shiny', tags={'dag_id': 1})").root)
    data = json.loads(drift("--site-packages", root, "--format", "json").output)
    assert (data["airflow"], data["line"]) == ("2.11.2", "2.11")
    assert data["counts"]["unexplained"] == len([row for row in data["rows"] if not row["explanation"]])
    (row,) = (row for row in data["rows"] if row["name"] == "shiny")
    assert row == {
        "status": "new",
        "name": "shiny",
        "types": ["c"],
        "tags": ["dag_id"],
        "difference": "not in the catalogue",
        "explanation": "",
        "where": ["airflow/job.py:2"],
    }


def test_another_line_may_be_asked_for(install: Install) -> None:
    root = str(install(version="3.3.2").root)
    output = drift("--site-packages", root, "--airflow", "3.2").output
    assert "Airflow 3.3.2 in " in output
    assert "compared with the catalogue for 3.2.\n\n" in output


def test_a_file_that_this_python_cannot_read_is_one_line(install: Install) -> None:
    installation = install("Stats.incr('a')", "def broken(:")
    with pytest.raises(BadInput, match=r"^airflow/job\.py:3: Python 3\.\d+ cannot read this file"):
        look(installation)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "--python: name the Python that runs Airflow", id="no installation"),
        pytest.param(["--python", "a", "--site-packages", "b"], "give one of them", id="two installations"),
        pytest.param(["--python", "/nowhere/python"], "/nowhere/python is no file", id="no such Python"),
        pytest.param(["--site-packages", "/nowhere"], "/nowhere is no folder", id="no such folder"),
        pytest.param(
            ["--airflow", "1.9", "--python", "a"], "no catalogue for Airflow '1.9'", id="no such line"
        ),
        pytest.param(
            ["--format", "xml", "--python", "a"], "no format 'xml' (choices: text, json)", id="format"
        ),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    result = drift(*arguments)
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
