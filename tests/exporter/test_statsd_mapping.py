"""The rendered mapping, its command, and the flags that statsd_exporter starts with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from windsock.catalog import BY_NAME
from windsock.cli import root
from windsock.errors import BadInput
from windsock.metric import Kind, Statsd
from windsock.statsd import flags
from windsock.statsd.lines import render as render_lines
from windsock.statsd.mapping import choose, path, render
from windsock.statsd.rules import rules
from windsock.wire import VERSIONS, Profile

CHECKOUT = Path(__file__).parents[2]
every_mapping = pytest.mark.parametrize(
    ("version", "profile"),
    [
        pytest.param(version, profile, id=f"{version}-{profile.value}")
        for version in VERSIONS
        for profile in Profile
    ],
)

# Everything that statsd_exporter 0.31 knows; one more key and it does not start.
_KEYS = {
    "match",
    "match_type",
    "match_metric_type",
    "name",
    "help",
    "labels",
    "ttl",
    "histogram_options",
    "scale",
    "action",
}


def _entries(version: str, profile: Profile) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(render(version, profile))["mappings"]
    return entries


@every_mapping
def test_every_rule_becomes_an_entry_that_strict_statsd_exporter_takes(
    version: str, profile: Profile
) -> None:
    entries = _entries(version, profile)
    assert len(entries) == len(rules(version, profile))
    for entry in entries:
        assert set(entry) <= _KEYS
        assert re.fullmatch(r"[a-z][a-z0-9_]*", entry["name"])
        assert all(re.fullmatch(r"[a-z][a-z0-9_]+", label) for label in entry.get("labels", {}))
        assert re.fullmatch(r"\d+[smh]", entry.get("ttl", "1s"))


@every_mapping
def test_every_mapped_entry_has_help_and_only_gauges_a_ttl(version: str, profile: Profile) -> None:
    for entry in _entries(version, profile):
        assert entry["help"]
        if entry.get("action") == "drop":
            continue
        metric = BY_NAME[entry["name"]]
        assert isinstance(metric.source, Statsd)
        assert entry["help"] == metric.help
        assert ("ttl" in entry) == (metric.kind is Kind.GAUGE)
        assert ("histogram_options" in entry) == (metric.kind is Kind.HISTOGRAM)
        assert (
            entry["match_metric_type"]
            == {
                Kind.COUNTER: "counter",
                Kind.GAUGE: "gauge",
                Kind.HISTOGRAM: "observer",
            }[metric.kind]
        )


@every_mapping
def test_captures_are_numbered_within_the_groups_of_the_expression(version: str, profile: Profile) -> None:
    for entry in _entries(version, profile):
        used = {int(value[1:]) for value in entry.get("labels", {}).values() if value.startswith("$")}
        groups = re.compile(entry["match"]).groups if entry.get("match_type") == "regex" else 0
        assert used == set(range(1, groups + 1)), entry["match"]


@every_mapping
def test_nothing_is_dropped_but_by_name(version: str, profile: Profile) -> None:
    wide = {r"^airflow\.", "^$"}
    drops = [entry for entry in _entries(version, profile) if entry.get("action") == "drop"]
    assert [entry["match"] for entry in drops if entry["match"] in wide] == ["^$"]


def test_defaults_make_histograms_without_a_ttl() -> None:
    defaults = yaml.safe_load(render("3.3", Profile.TAGS))["defaults"]
    assert defaults["observer_type"] == "histogram"
    assert "ttl" not in defaults


def test_the_command_prints_the_committed_file() -> None:
    result = CliRunner().invoke(root, ["statsd", "mapping", "--airflow", "2.11", "--profile", "plain"])
    assert result.exit_code == 0
    assert result.output == (CHECKOUT / path("2.11", Profile.PLAIN)).read_text()


def test_out_writes_the_file(tmp_path: Path) -> None:
    target = tmp_path / "mapping.yml"
    result = CliRunner().invoke(root, ["statsd", "mapping", "--airflow", "3.3.2", "--out", str(target)])
    assert (result.exit_code, result.output) == (0, "")
    assert target.read_text() == render("3.3", Profile.TAGS)


def test_settings_come_from_the_environment() -> None:
    env = {"WINDSOCK_AIRFLOW": "3.3", "WINDSOCK_PROFILE": "plain"}
    result = CliRunner().invoke(root, ["statsd", "mapping"], env=env)
    assert result.output == render("3.3", Profile.PLAIN)


@pytest.mark.parametrize(
    ("version", "profile", "said"),
    [
        pytest.param("2.4", "tags", "--airflow: no mapping for Airflow '2.4' (choices: 2.11, 3.3)", id="old"),
        pytest.param("latest", "tags", "(choices: 2.11, 3.3)", id="word"),
        pytest.param("3.3", "otel", "--profile: no profile 'otel' (choices: tags, plain)", id="profile"),
    ],
)
def test_a_wrong_choice_names_the_right_ones(version: str, profile: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        choose(version, profile)


def test_a_folder_that_is_missing_is_one_line() -> None:
    result = CliRunner().invoke(
        root, ["statsd", "mapping", "--airflow", "3.3", "--out", "/nowhere/mapping.yml"]
    )
    assert isinstance(result.exception, BadInput)
    assert str(result.exception) == "--out: /nowhere/mapping.yml cannot be written: No such file or directory"


def test_the_list_of_lines_names_every_line_of_every_mapping() -> None:
    page = render_lines()
    for version in VERSIONS:
        section = page.split(f"## Airflow {version}\n")[1].split("\n## ")[0]
        for profile in Profile:
            lines = {rule.line for rule in rules(version, profile) if rule.line}
            assert [line for line in lines if f"| `{line}` |" not in section] == []


def test_flags_close_tcp_and_cache_more_names_than_a_large_airflow_sends() -> None:
    argv = flags.arguments(mapping="m.yml", web="127.0.0.1:9102", udp="127.0.0.1:9125")
    assert "--statsd.listen-tcp=" in argv
    assert "--statsd.mapping-config=m.yml" in argv
    assert "--web.listen-address=127.0.0.1:9102" in argv
    assert "--statsd.listen-udp=127.0.0.1:9125" in argv
    assert f"--statsd.cache-size={flags.CACHE_SIZE}" in argv
    assert flags.CACHE_SIZE >= 20_000
    assert flags.READ_BUFFER == 4 * 2**20


def test_help_shows_a_whole_example_on_one_line() -> None:
    example = "windsock statsd mapping --airflow 3.3 --profile tags --out mapping.yml"
    assert f"\n    {example}\n" in CliRunner().invoke(root, ["statsd", "mapping", "--help"]).output
