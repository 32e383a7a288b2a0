"""`windsock airflow-config`: the settings fit the mapping, and each format can be read back."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml
from click.testing import CliRunner

from windsock.airflow_versions import VERSIONS
from windsock.catalog.statsd import METRICS
from windsock.cli import root
from windsock.errors import BadInput
from windsock.metric import Statsd
from windsock.statsd.airflow_config import Target, settings
from windsock.statsd.config_formats import env, helm, ini
from windsock.statsd.options import Options
from windsock.wire import Form, Line, Profile

every_mapping = pytest.mark.parametrize(
    ("version", "profile"),
    [
        pytest.param(version, profile, id=f"{version}-{profile.value}")
        for version in VERSIONS
        for profile in Profile
    ],
)
# Ids as they are in the name, from harmless to misleading.
IDS = ("etl", "team.sales", "umsatze~e225a30621f289d4", "Dag-1.queued_duration", "duration.success.x")


def _target(version: str, profile: Profile) -> Target:
    return Target(mapping=Options(version=version, profile=profile))


def _values(version: str, profile: Profile) -> dict[str, str]:
    return {each.name: each.value for each in settings(_target(version, profile))}


def _blocked(values: dict[str, str], version: str, sent: str) -> bool:
    """What Airflow's own validators do: 2.x by prefix unless told otherwise, else by search."""
    entries = tuple(item.strip().lower() for item in values.get("metrics_block_list", "").split(",") if item)
    name = sent.strip().lower()
    if version.startswith("2.") and values.get("metrics_use_pattern_match") != "True":
        return bool(entries) and name.startswith(entries)
    return any(re.findall(entry, name) for entry in entries)


def _lines(version: str) -> Iterator[Line]:
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        yield from (line for line in metric.source.lines if version in line.versions)


def _sent(line: Line, form: Form, profile: Profile) -> Iterator[str]:
    """The line's name as the block list sees it, once for each kind of id."""
    name = line.name if form is Form.PLAIN else line.legacy
    if name is None:
        return
    for id_ in IDS:
        tags = "".join(f",{tag}={id_}" for tag in line.tags) if profile.value == "tags" else ""
        yield re.sub(r"\{[a-z_]+\}", id_, name) + tags


@every_mapping
def test_nothing_that_the_mapping_takes_is_blocked(version: str, profile: Profile) -> None:
    values = _values(version, profile)
    blocked = [
        sent
        for line in _lines(version)
        for form in line.forms(profile)
        for sent in _sent(line, form, profile)
        if _blocked(values, version, sent)
    ]
    assert blocked == []


@every_mapping
def test_every_second_name_that_the_mapping_drops_is_kept_at_home(version: str, profile: Profile) -> None:
    values = _values(version, profile)
    dropped = [
        line
        for line in _lines(version)
        if line.legacy and Form.LEGACY not in line.forms(profile) and not _starts_with_an_id(version, line)
    ]
    if values.get("legacy_names_on") == "False":
        dropped = [line for line in dropped if line.name == "dagrun.first_task_scheduling_delay"]
    assert dropped or version in {"2.7", "2.8"} or profile is Profile.PLAIN
    for line in dropped:
        for sent in _sent(line, Form.LEGACY, profile):
            assert _blocked(values, version, sent), sent


def _starts_with_an_id(version: str, line: Line) -> bool:
    """What a prefix cannot tell from names that are mapped, so that 2.7 and 2.8 go on sending it."""
    return version in {"2.7", "2.8"} and bool(re.match(r"(dag|dagrun)\.\{", line.legacy or ""))


@every_mapping
def test_a_pattern_is_one_that_airflow_and_readers_of_env_files_take_as_it_stands(
    version: str, profile: Profile
) -> None:
    listed = _values(version, profile).get("metrics_block_list", "")
    assert listed == listed.lower()
    assert not set(listed) & set("\\$%#'\"{} ")
    if version not in {"2.7", "2.8"}:
        assert "," not in listed


@every_mapping
def test_every_format_holds_the_same_settings_and_their_reasons(version: str, profile: Profile) -> None:
    chosen = Options(version=version, profile=profile, prefix="prod")
    target = Target(mapping=chosen, host="10.0.0.7", port=8125)
    expected = {each.name: each.value for each in settings(target)}
    parser = configparser.ConfigParser()
    parser.read_string(ini(target))
    assert dict(parser["metrics"]) == expected
    variables = dict(line.split("=", 1) for line in env(target).splitlines() if not line.startswith("#"))
    assert variables == {f"AIRFLOW__METRICS__{name.upper()}": value for name, value in expected.items()}
    values = yaml.safe_load(helm(target))["config"]["metrics"]
    assert values == {name: value for name, value in expected.items() if name != "statsd_on"}
    for text in (ini(target), env(target), helm(target)):
        words = " ".join(re.sub(r"^ *# ", "", line) for line in text.splitlines())
        assert all(each.reason in words for each in settings(target) if not each.in_chart)


def test_the_chart_keeps_its_own_address() -> None:
    target = replace(_target(VERSIONS[-1], Profile.TAGS), host=None)
    assert not {"statsd_on", "statsd_host", "statsd_port", "statsd_prefix"} & set(
        yaml.safe_load(helm(target))["config"]["metrics"]
    )


@pytest.mark.parametrize(
    ("version", "profile", "name", "value"),
    [
        pytest.param(
            "2.7", "tags", "statsd_disabled_tags", "job_id,run_id,return_code", id="2.7 return code"
        ),
        pytest.param(
            "2.8", "tags", "statsd_disabled_tags", "job_id,run_id,return_code", id="2.8 return code"
        ),
        pytest.param("2.9", "tags", "statsd_disabled_tags", "job_id,run_id", id="2.9 default"),
        pytest.param("2.8", "tags", "metrics_use_pattern_match", None, id="2.8 knows no patterns"),
        pytest.param("2.9", "tags", "metrics_use_pattern_match", "True", id="2.9 does"),
        pytest.param("2.10", "tags", "timer_unit_consistency", None, id="2.10 has no such option"),
        pytest.param("2.11", "tags", "timer_unit_consistency", "False", id="2.11 default"),
        pytest.param("3.0", "tags", "timer_unit_consistency", None, id="3.0 has it no more"),
        pytest.param("3.2", "tags", "legacy_names_on", None, id="3.2 never reads it"),
        pytest.param("3.3", "tags", "legacy_names_on", "False", id="3.3 tags"),
        pytest.param("3.3", "plain", "legacy_names_on", "True", id="3.3 plain"),
        pytest.param("3.3", "plain", "statsd_influxdb_enabled", "False", id="plain"),
        pytest.param("3.3", "dogstatsd", "statsd_datadog_enabled", "True", id="dogstatsd"),
        pytest.param("3.3", "dogstatsd", "statsd_on", None, id="dogstatsd wins over statsd_on"),
        pytest.param("2.7", "dogstatsd", "statsd_disabled_tags", "job_id,run_id", id="2.7 dogstatsd"),
        pytest.param("2.7", "plain", "stat_name_handler", "windsock_statsd_names.clean", id="handler"),
    ],
)
def test_settings_by_version(version: str, profile: str, name: str, value: str | None) -> None:
    assert _values(version, Profile(profile)).get(name) == value


def test_timer_unit_consistency_is_what_the_mapping_is_made_for() -> None:
    target = Target(mapping=Options(version="2.11", timer_unit_consistency=True))
    assert "timer_unit_consistency = True" in ini(target)
    assert "--timer-unit-consistency on" in ini(target).splitlines()[0]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param(["--airflow", "1.10"], "--airflow:", id="version"),
        pytest.param(["--airflow", "3.3", "--profile", "x"], "--profile:", id="profile"),
        pytest.param(["--airflow", "3.3", "--format", "toml"], "(choices: ini, env, helm)", id="format"),
        pytest.param(
            ["--airflow", "2.11", "--timer-unit-consistency", "yes"], "(choices: on, off)", id="consistency"
        ),
        pytest.param(
            ["--airflow", "3.3", "--timer-unit-consistency", "on"], "only Airflow 2.11", id="not in 3.3"
        ),
        pytest.param(["--airflow", "3.3", "--host", "a b"], "--host: 'a b' is neither", id="host"),
        pytest.param(["--airflow", "3.3", "--prefix", "a;b"], "--prefix: 'a;b'", id="prefix"),
    ],
)
def test_a_wrong_flag_is_one_line_that_helps(flags: list[str], said: str) -> None:
    result = CliRunner().invoke(root, ["airflow-config", *flags])
    assert isinstance(result.exception, BadInput)
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def test_help_teaches_with_examples() -> None:
    result = CliRunner().invoke(root, ["airflow-config", "--help"])
    assert result.exit_code == 0
    assert "windsock airflow-config --airflow 3.3 >> airflow.cfg" in result.output
