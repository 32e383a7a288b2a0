"""The rendered mapping, its command, and the flags that statsd_exporter starts with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.support.mappings import every_mapping
from windsock.airflow_versions import VERSIONS, line_of
from windsock.catalog import BY_NAME
from windsock.cli import root
from windsock.errors import BadInput
from windsock.metric import Kind, Statsd
from windsock.statsd import flags
from windsock.statsd.entries import entries
from windsock.statsd.lines import render as render_lines
from windsock.statsd.mapping import path, render, render_helm
from windsock.statsd.options import Cardinality, Options, choose
from windsock.statsd.rules import rules
from windsock.wire import Profile

CHECKOUT = Path(__file__).parents[2]

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


def _entries(options: Options) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(render(options))["mappings"]
    return found


@every_mapping
def test_every_rule_becomes_an_entry_that_strict_statsd_exporter_takes(options: Options) -> None:
    found = _entries(options)
    assert len(found) == len(entries(options))
    for entry in found:
        assert set(entry) <= _KEYS
        assert re.fullmatch(r"[a-z][a-z0-9_]*", entry["name"])
        assert all(re.fullmatch(r"[a-z][a-z0-9_]+", label) for label in entry.get("labels", {}))
        assert re.fullmatch(r"\d+[smh]", entry.get("ttl", "1s"))


@every_mapping
def test_every_mapped_entry_has_help_and_only_gauges_a_ttl(options: Options) -> None:
    for entry in _entries(options):
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
def test_captures_are_numbered_within_the_groups_of_the_expression(options: Options) -> None:
    for entry in _entries(options):
        used = {
            int(one) for value in entry.get("labels", {}).values() for one in re.findall(r"\{(\d+)\}", value)
        }
        if entry.get("match_type") == "regex":
            assert used == set(range(1, re.compile(entry["match"]).groups + 1)), entry["match"]
        else:
            assert used <= set(range(1, entry["match"].count("*") + 1)), entry["match"]


@every_mapping
def test_nothing_is_dropped_but_by_name(options: Options) -> None:
    wide = {r"^airflow\.", "^$", r"^datadog\.dogstatsd\.client\."}
    drops = [entry for entry in _entries(options) if entry.get("action") == "drop"]
    client = [r"^datadog\.dogstatsd\.client\."] if options.profile is Profile.DOGSTATSD else []
    assert [entry["match"] for entry in drops if entry["match"] in wide] == [*client, "^$"]


def test_defaults_make_histograms_without_a_ttl() -> None:
    defaults = yaml.safe_load(render(Options(version="3.3")))["defaults"]
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
    assert target.read_text() == render(Options(version="3.3"))


def test_settings_come_from_the_environment() -> None:
    env = {"WINDSOCK_AIRFLOW": "3.3", "WINDSOCK_PROFILE": "plain"}
    result = CliRunner().invoke(root, ["statsd", "mapping"], env=env)
    assert result.output == render(Options(version="3.3", profile=Profile.PLAIN))


_LINES = ", ".join(VERSIONS)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        pytest.param(
            {"version": "2.4"}, f"--airflow: no mapping for Airflow '2.4' (choices: {_LINES})", id="old"
        ),
        pytest.param({"version": "latest"}, f"(choices: {_LINES})", id="word"),
        pytest.param(
            {"version": "3.3", "profile": "otel"},
            "--profile: no profile 'otel' (choices: tags, dogstatsd, plain)",
            id="profile",
        ),
        pytest.param(
            {"version": "3.3", "cardinality": "tiny"},
            "--cardinality: no preset 'tiny' (choices: minimal, default, full)",
            id="cardinality",
        ),
        pytest.param(
            {"version": "3.3", "prefix": "my airflow"}, "--prefix: 'my airflow' cannot be one", id="prefix"
        ),
        pytest.param(
            {"version": "3.3", "timer_unit_consistency": "on"},
            "--timer-unit-consistency: only Airflow 2.11 has this setting, 3.3 has not",
            id="consistency of another version",
        ),
        pytest.param(
            {"version": "2.11", "timer_unit_consistency": "yes"},
            "(choices: on, off)",
            id="neither on nor off",
        ),
        pytest.param(
            {"version": "3.3", "custom_prefixes": ("shop.",)},
            "--custom-prefix: 'shop.' cannot be one",
            id="custom prefix with its dot",
        ),
    ],
)
def test_a_wrong_choice_names_the_right_ones(chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        choose(**chosen)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("3.3", "3.3"),
        ("3.3.2", "3.3"),
        ("v2.11.0rc1", "2.11"),
        ("2.10.5", "2.10"),
        ("3", None),
        ("4.0", None),
    ],
)
def test_a_release_belongs_to_its_line(typed: str, line: str | None) -> None:
    assert line_of(typed) == line


def test_an_unknown_format_names_the_known_ones() -> None:
    result = CliRunner().invoke(root, ["statsd", "mapping", "--airflow", "3.3", "--format", "json"])
    assert str(result.exception) == "--format: no format 'json' (choices: yaml, helm)"


def test_every_choice_stands_in_the_command_that_the_file_names() -> None:
    arguments = [
        *("--airflow", "2.11", "--profile", "plain", "--prefix", "team.airflow", "--cardinality", "minimal"),
        *("--timer-unit-consistency", "on", "--native-histograms", "--custom-prefix", "shop"),
    ]
    text = CliRunner().invoke(root, ["statsd", "mapping", *arguments]).output
    assert f"# Again: windsock statsd mapping {' '.join(arguments)}\n" in text
    assert "^team\\.airflow\\.(shop(?:\\..+)?)$" in text
    assert yaml.safe_load(text)["defaults"]["histogram_options"]["native_histogram_bucket_factor"] == 1.1


def test_values_for_the_chart_say_in_every_timer_what_defaults_would() -> None:
    values = yaml.safe_load(render_helm(Options(version="3.2")))["statsd"]
    mappings = _entries(Options(version="3.2"))
    assert [one["match"] for one in values["overrideMappings"]] == [one["match"] for one in mappings]
    timers = [one for one in values["overrideMappings"] if one.get("match_metric_type") == "observer"]
    mapped = [one for one in timers if one.get("action") != "drop"]
    assert mapped
    for one in mapped:
        assert one["observer_type"] == "histogram"
        assert one["histogram_options"]["native_histogram_bucket_factor"] == 1
    assert values["args"][0] == "--statsd.mapping-config=/etc/statsd-exporter/mappings.yml"
    assert set(flags.tuning()) <= set(values["args"])


@pytest.mark.parametrize("preset", list(Cardinality))
def test_a_preset_never_adds_a_family_and_minimal_has_the_fewest_labels(preset: Cardinality) -> None:
    options = Options(version="3.3", cardinality=preset)
    families = {rule.metric for rule in rules(options) if rule.metric}
    assert families <= {rule.metric for rule in rules(Options(version="3.3")) if rule.metric}
    labels = {label for rule in rules(options) for label in rule.label_names}
    assert ("task_id" in labels) == (preset is not Cardinality.MINIMAL)


def test_a_folder_that_is_missing_is_one_line() -> None:
    result = CliRunner().invoke(
        root, ["statsd", "mapping", "--airflow", "3.3", "--out", "/nowhere/mapping.yml"]
    )
    assert isinstance(result.exception, BadInput)
    assert str(result.exception) == "--out: /nowhere/mapping.yml cannot be written: No such file or directory"


@every_mapping
def test_the_list_of_lines_names_every_line(options: Options) -> None:
    page = render_lines()
    lines = {rule.line for rule in rules(options) if rule.line}
    assert [line for line in lines if f"\n| `{line}` |" not in page] == []


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
