"""`windsock doctor` where no server is needed: Airflow's settings, routes of anybody, time limits."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.airflow_versions import VERSIONS
from windsock.doctor import airflow_settings, routes
from windsock.doctor.finding import CHECKS, Finding, Level, ok
from windsock.doctor.run import run
from windsock.errors import BadInput
from windsock.statsd.airflow_config import Target
from windsock.statsd.config_formats import env, ini
from windsock.statsd.options import Options
from windsock.wire import Profile

ROOT = Path(__file__).parents[2]
CURRENT = Options(version="3.3")


def windsock(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("windsock")), "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=env)


def levels(found: list[Finding]) -> set[Level]:
    return {each.level for each in found}


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("version", VERSIONS)
def test_what_airflow_config_prints_is_what_doctor_wants(
    version: str, profile: Profile, tmp_path: Path
) -> None:
    mapping = Options(version=version, profile=profile)
    for form in (ini, env):
        path = tmp_path / "settings"
        path.write_text(form(Target(mapping=mapping)), encoding="utf-8")
        found = list(airflow_settings.look(airflow_settings.of_file(path), mapping))
        assert levels(found) == {Level.OK}, found


@pytest.mark.parametrize(
    ("name", "value", "level", "said"),
    [
        ("statsd_on", "False", Level.FINDING, "statsd_on is 'False'"),
        ("statsd_host", None, Level.FINDING, "statsd_host is 'localhost'"),
        ("statsd_influxdb_enabled", None, Level.FINDING, "statsd_influxdb_enabled is 'False'"),
        ("statsd_prefix", "prod", Level.FINDING, "statsd_prefix is 'prod'"),
        ("stat_name_handler", None, Level.FINDING, "stat_name_handler is not set"),
        ("stat_name_handler", "mine.clean", Level.ADVICE, "stat_name_handler is mine.clean"),
        ("statsd_disabled_tags", "job_id", Level.FINDING, "statsd_disabled_tags is 'job_id'"),
        ("statsd_disabled_tags", "job_id, run_id, mine", Level.OK, "fits"),
        ("legacy_names_on", None, Level.ADVICE, "legacy_names_on is 'True'"),
        ("metrics_block_list", None, Level.ADVICE, "metrics_block_list is not set"),
        ("statsd_on", "1", Level.OK, "fits"),
    ],
)
def test_a_setting_that_does_not_fit_is_told(
    name: str, value: str | None, level: Level, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "airflow.cfg"
    path.write_text(ini(Target(mapping=CURRENT)), encoding="utf-8")
    settings = airflow_settings.of_file(path)
    del settings[name]
    (found,) = airflow_settings.look(settings | ({name: value} if value else {}), CURRENT)
    assert found.check == "airflow/settings"
    assert found.level is level
    assert said in found.message


def test_what_is_no_configuration_of_airflow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"neither an airflow\.cfg nor AIRFLOW__… variables"):
        airflow_settings.of_file(path)
    with pytest.raises(BadInput, match="cannot be read"):
        airflow_settings.of_file(tmp_path / "nowhere")


def test_a_look_that_says_nothing_is_given_up_and_what_it_said_counts() -> None:
    def hangs() -> Iterator[Finding]:
        yield ok("statsd/reached", "it answers")
        time.sleep(60)

    began = time.monotonic()
    first, second, third = run(
        {"statsd/lines": hangs, "exporter/fresh": lambda: [ok("exporter/fresh", "")]}, seconds=0.3
    )
    assert time.monotonic() - began < 30
    assert (first.message, second.message) == ("it answers", "no answer within 0.3 s")
    assert third.level is Level.OK


def test_a_look_that_breaks_hides_no_other() -> None:
    def breaks() -> list[Finding]:
        raise KeyError("data")

    broken, fine = run(
        {"statsd/lines": breaks, "exporter/fresh": lambda: [ok("exporter/fresh", "x")]}, seconds=5
    )
    assert "not understood: KeyError: 'data'" in broken.message
    assert fine.level is Level.OK


def test_a_server_that_takes_the_connection_and_never_answers_does_not_hang_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = windsock(f"--windsock-url={url}", f"--statsd-url={url}", "--timeout=1s")
    assert result.returncode == 1, result.stderr
    assert result.stdout.count("FINDING") == 2
    assert "timed out" in result.stdout or "no answer within 1 s" in result.stdout


def test_without_an_address_it_says_which_there_are() -> None:
    result = windsock(env={"PATH": ""})
    assert result.returncode == 1
    assert "give at least one of --airflow-config, --statsd-url" in result.stderr


def test_settings_come_from_the_environment_too() -> None:
    variables = {"AIRFLOW__METRICS__STATSD_ON": "True", "AIRFLOW__METRICS__STATSD_PREFIX": "x"}
    result = windsock("--airflow=3.3", "--format=json", env=variables)
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert {"check", "level", "message", "fix"} == set(found[0])
    said = {each["message"] for each in found if each["level"] == "finding"}
    assert "statsd_prefix is 'x'" in said
    assert {each["check"] for each in found if each["level"] == "skipped"} >= {
        "statsd/reached",
        "rules/loaded",
    }


def test_a_version_that_does_not_exist_names_the_choices() -> None:
    result = windsock("--airflow=1.10", "--statsd-url=http://127.0.0.1:9")
    assert result.returncode == 1
    assert "choices: 2.7, 2.8" in result.stderr
    assert windsock("--timeout=soon").returncode == 2


def test_the_guide_lists_every_check_and_no_other() -> None:
    text = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    listed = [
        line.split("`")[1]
        for line in text.splitlines()
        if line.startswith("| `") and "/" in line.split("`")[1]
    ]
    assert listed == list(CHECKS)


def test_every_check_is_provoked_by_a_test() -> None:
    tests = [Path(__file__), *(ROOT / "tests" / "integration").rglob("test_doctor*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert [check for check in CHECKS if f'"{check}"' not in text] == []


LABELS = st.fixed_dictionaries({"a": st.sampled_from(["", "x", "y"]), "b": st.sampled_from(["", "x", 'q"'])})


@given(labels=LABELS, value=st.text(alphabet='xyq"\\, {}=~!', max_size=4), how=st.sampled_from(["=", "!="]))
def test_a_matcher_of_any_value_is_read_as_it_is_written(
    labels: dict[str, str], value: str, how: str
) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert routes.matchers([f'a{how}"{quoted}"', f'{{a {how} "{quoted}", b=x}}']) == [
        ("a", how, value),
        ("a", how, value),
        ("b", "=", "x"),
    ]
    config = {"route": {"receiver": "r", "routes": [{"receiver": "s", "matchers": [f'a{how}"{quoted}"']}]}}
    assert routes.receivers(config, labels) == (["s"] if (labels["a"] == value) == (how == "=") else ["r"])
