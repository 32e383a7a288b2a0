"""Airflow's `[metrics]`, from its file or its environment, beside what the mapping expects."""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from pathlib import Path

from windsock.doctor.finding import Finding, advice, ok, wrong
from windsock.errors import BadInput
from windsock.statsd.airflow_config import HANDLER, Setting, Target, settings
from windsock.statsd.options import Options

CHECK = "airflow/settings"
_VARIABLE = "AIRFLOW__METRICS__"
# What Airflow takes where nothing is said.
_DEFAULTS = {
    "statsd_on": "False",
    "statsd_datadog_enabled": "False",
    "statsd_datadog_metrics_tags": "True",
    "statsd_host": "localhost",
    "statsd_port": "8125",
    "statsd_prefix": "airflow",
    "statsd_influxdb_enabled": "False",
    "statsd_disabled_tags": "job_id,run_id",
    "legacy_names_on": "True",
    "timer_unit_consistency": "False",
}
# Only traffic depends on these; with plain names, legacy names are the ids.
_TRAFFIC = ("metrics_block_list", "metrics_use_pattern_match")


def of_file(path: Path) -> dict[str, str]:
    """The settings of an airflow.cfg, or of a file of AIRFLOW__… variables.

    Raises:
        BadInput: it cannot be read, or is neither.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    lines = [line.strip().removeprefix("export ") for line in text.splitlines()]
    variables = dict(line.split("=", 1) for line in lines if line.startswith("AIRFLOW__") and "=" in line)
    if variables:
        return of_environment({name.strip(): value.strip().strip("\"'") for name, value in variables.items()})
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path}: neither an airflow.cfg nor AIRFLOW__… variables: {reason}") from error
    return dict(parser["metrics"]) if parser.has_section("metrics") else {}


def of_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of AIRFLOW__METRICS__… variables."""
    return {
        name.removeprefix(_VARIABLE).lower(): value
        for name, value in environ.items()
        if name.startswith(_VARIABLE)
    }


def look(found: Mapping[str, str], mapping: Options) -> Iterator[Finding]:
    """Each setting that is another than the mapping needs."""
    differing = False
    for setting in settings(Target(mapping=mapping)):
        now = found.get(setting.name, _DEFAULTS.get(setting.name, ""))
        if not _fits(setting, now, given=setting.name in found):
            differing = True
            yield _said(setting, now, mapping)
    if not differing:
        yield ok(CHECK, f"[metrics] fits the mapping of {mapping.version}, profile {mapping.profile.value}")


def _fits(setting: Setting, now: str, *, given: bool) -> bool:
    if setting.name in {"statsd_host", "statsd_port"}:
        # Which address is right, nobody here knows.
        return given and bool(now)
    if setting.value in {"True", "False"}:
        return (now.strip().lower() in {"true", "t", "1", "yes", "on"}) == (setting.value == "True")
    if setting.name == "statsd_disabled_tags":
        return {part.strip() for part in setting.value.split(",")} <= {
            part.strip() for part in now.split(",")
        }
    if setting.name in _TRAFFIC:
        return bool(now)
    return now == setting.value


def _said(setting: Setting, now: str, mapping: Options) -> Finding:
    fix = f"set {setting.name} = {setting.value}: {setting.reason}"
    if setting.name == "stat_name_handler" and now:
        return advice(CHECK, f"stat_name_handler is {now}, not {HANDLER}", fix)
    message = f"{setting.name} is {now!r}" if now else f"{setting.name} is not set"
    traffic = setting.name in _TRAFFIC or (setting.name == "legacy_names_on" and mapping.profile.tagged)
    return (advice if traffic else wrong)(CHECK, message, fix)
