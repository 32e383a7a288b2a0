"""Which Airflows can be recorded, in which modes, and the settings that make things happen within minutes."""

from __future__ import annotations

from enum import Enum

from demo.stack.programs import ROOT
from windsock.airflow_versions import RELEASES
from windsock.errors import BadInput

# Where DAGs lie in the official image; stands for the folder of the machine that recorded.
NEUTRAL_DAGS = "/opt/airflow/dags"
NEUTRAL_HOME = "/opt/airflow"
NEUTRAL_PYTHON = "/home/airflow/.local"
AIRFLOW_SIDE = ROOT / "tests" / "recording" / "airflow_side"
DAGS = ROOT / "tests" / "recording" / "dags"


class Mode(str, Enum):
    """How Airflow is told to send."""

    PLAIN = "plain"
    TAGS = "tags"
    DOGSTATSD = "dogstatsd"


def pinned(wanted: str) -> str:
    """The release that is recorded for a version such as `3.2` or `3.2.2`.

    Raises:
        BadInput: there is none; names those that there are.
    """
    for line, release in RELEASES.items():
        if wanted in {line, release}:
            return release
    choices = ", ".join(f"{line} ({release})" for line, release in RELEASES.items())
    raise BadInput(f"no Airflow `{wanted}`: VERSION is one of {choices}")


def parsed(version: str) -> tuple[int, int]:
    """`3.2.2` as (3, 2)."""
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


def environment(version: str, mode: Mode, *, python_path: str) -> dict[str, str]:
    """Airflow's settings for a recording, beyond those of every stack."""
    line = parsed(version)
    # Name and tags together may have 250 characters; with the ids in both, a longer id ends the scheduler.
    long = "84" if mode is Mode.TAGS else "118"
    metrics = {
        "STATSD_INFLUXDB_ENABLED": str(mode is Mode.TAGS),
        "STATSD_DATADOG_ENABLED": str(mode is Mode.DOGSTATSD),
        "LEGACY_NAMES_ON": "True",
    }
    if line < (2, 9):
        # Every task's supervisor would end with a TypeError in tag mode.
        metrics["STATSD_DISABLED_TAGS"] = "job_id,run_id,return_code"
    parsing = {
        "MIN_FILE_PROCESS_INTERVAL": "12",
        "REFRESH_INTERVAL": "10",
        "DAG_DIR_LIST_INTERVAL": "10",
        "PRINT_STATS_INTERVAL": "8",
        "DAG_FILE_PROCESSOR_TIMEOUT": "9",
        "PARSING_PROCESSES": "2",
    }
    sections = {
        "CORE": {
            "HOSTNAME_CALLABLE": "recording_parts.hostname",
            "PARALLELISM": "14",
            # Not every file of ours has the word that the heuristic looks for.
            "DAG_DISCOVERY_SAFE_MODE": "False",
            **({"DAG_FILE_PROCESSOR_TIMEOUT": "9"} if line < (3, 0) else {}),
            "MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "2",
            "MIN_SERIALIZED_DAG_FETCH_INTERVAL": "1",
            "KILLED_TASK_CLEANUP_TIME": "3",
            "TEST_CONNECTION": "Enabled",
        },
        "SCHEDULER": {
            **(parsing if line < (3, 0) else {}),
            "JOB_HEARTBEAT_SEC": "1",
            "SCHEDULER_HEARTBEAT_SEC": "1",
            "LOCAL_TASK_JOB_HEARTBEAT_SEC": "1",
            "TASK_INSTANCE_HEARTBEAT_SEC": "1",
            "PARSING_CLEANUP_INTERVAL": "15",
            "POOL_METRICS_INTERVAL": "3",
            "TI_METRICS_INTERVAL": "4",
            "RUNNING_METRICS_INTERVAL": "4",
            "DAGRUN_METRICS_INTERVAL": "4",
            "ORPHANED_TASKS_CHECK_INTERVAL": "8",
            "SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
            "SCHEDULER_ZOMBIE_TASK_THRESHOLD": "12",
            "ZOMBIE_DETECTION_INTERVAL": "5",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        },
        "DAG_PROCESSOR": parsing if line >= (3, 0) else {},
        "TRIGGERER": {"JOB_HEARTBEAT_SEC": "1"},
        "WORKERS": {"MIN_HEARTBEAT_INTERVAL": "1"},
        "CONNECTION_TEST": {"REAPER_INTERVAL": "5", "TIMEOUT": "10"},
        # Nobody takes mail there: each one is a failure, at once.
        "SMTP": {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9", "SMTP_TIMEOUT": "2", "SMTP_RETRY_LIMIT": "1"},
        "METRICS": metrics,
    }
    return {
        "PYTHONPATH": python_path,
        "WINDSOCK_RECORDING_LONG": long,
    } | {
        f"AIRFLOW__{section}__{key}": value
        for section, values in sections.items()
        for key, value in values.items()
    }
