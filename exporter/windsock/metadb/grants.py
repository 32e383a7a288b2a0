"""The role that `windsock serve` reads with: the columns that it needs of each Airflow, and its SQL."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, since, until
from windsock.artifact import HEADER, Artifact

_Tables = dict[str, tuple[str, ...]]
_COMMON: _Tables = {
    "alembic_version": ("version_num",),
    "dag_warning": ("warning_type",),
    "dag_tag": ("dag_id", "name"),
    "log": ("id", "dttm"),
    "slot_pool": ("pool", "slots", "include_deferred"),
    "trigger": ("created_date", "triggerer_id"),
}
_TWO: _Tables = {
    "dag": (
        *("dag_id", "is_paused", "is_active", "owners", "schedule_interval", "next_dagrun"),
        *("next_dagrun_create_after", "next_dagrun_data_interval_end", "has_import_errors", "fileloc"),
    ),
    "dag_run": (
        *("id", "dag_id", "run_id", "run_type", "state", "execution_date", "data_interval_end"),
        *("queued_at", "start_date", "end_date"),
    ),
    "dataset_dag_run_queue": ("target_dag_id", "created_at"),
    "dataset_event": ("id", "timestamp"),
    "import_error": ("filename",),
    "job": ("id", "job_type", "state", "start_date", "latest_heartbeat"),
    "task_fail": ("id", "start_date"),
    "task_instance": (
        *("dag_id", "state", "pool", "pool_slots", "queue", "queued_dttm", "updated_at", "start_date"),
        *("job_id", "trigger_timeout"),
    ),
}
_THREE: _Tables = {
    "asset_dag_run_queue": ("target_dag_id", "created_at"),
    "asset_event": ("id", "timestamp"),
    "backfill": ("dag_id", "completed_at"),
    "dag": (
        *("dag_id", "is_paused", "is_stale", "owners", "timetable_summary", "next_dagrun"),
        *("next_dagrun_create_after", "next_dagrun_data_interval_end", "has_import_errors"),
        "relative_fileloc",
    ),
    "dag_run": (
        *("id", "dag_id", "run_id", "run_type", "state", "run_after", "logical_date"),
        *("queued_at", "start_date", "end_date"),
    ),
    "dag_bundle": ("name", "active", "last_refreshed"),
    "import_error": ("bundle_name", "filename"),
    "job": ("id", "job_type", "state", "latest_heartbeat"),
    "task_instance": (
        *("dag_id", "state", "pool", "pool_slots", "queue", "queued_dttm", "scheduled_dttm", "start_date"),
        *("id", "last_heartbeat_at", "trigger_timeout"),
    ),
}
_CALLBACK_REQUEST: _Tables = {"callback_request": ("callback_type",)}
_SINCE_3_1: _Tables = {
    "deadline": ("dagrun_id", "deadline_time"),
    "hitl_detail": ("ti_id", "created_at", "responded_at"),
}
_SINCE_3_2: _Tables = {
    "callback": ("type", "state"),
    "dag": ("exceeds_max_non_backfill",),
    "dag_run": ("created_at",),
    "deadline": ("missed",),
}
# What is read of each line, one on top of the other.
_LAYERS: tuple[tuple[tuple[str, ...], _Tables], ...] = (
    (VERSIONS, _COMMON),
    (AIRFLOW_2, _TWO),
    (AIRFLOW_3, _THREE),
    (until("3.1"), _CALLBACK_REQUEST),
    (since("3.1"), _SINCE_3_1),
    (("3.1",), {"deadline": ("callback_state",)}),
    (since("3.2"), _SINCE_3_2),
)

_PATH = "deploy/postgres/windsock-role.sql"


def columns(line: str) -> dict[str, tuple[str, ...]]:
    """Table to the columns that are read, for a line of Airflow such as `2.10`; no secret is among them."""
    tables: _Tables = {}
    for lines, layer in _LAYERS:
        if line in lines:
            tables |= {table: (*tables.get(table, ()), *more) for table, more in layer.items()}
    return dict(sorted(tables.items()))


def script(line: str, *, role: str = "windsock", schema: str = "public") -> str:
    """A script for psql, run as the owner of Airflow's tables; it may run again at any time.

    Args:
        line: the line of Airflow.
        role: the role's name, letters, digits and underscores.
        schema: the schema that Airflow's tables are in.
    """
    grants = "".join(
        f"GRANT SELECT ({', '.join(names)})\n  ON {schema}.{table} TO {role};\n"
        for table, names in columns(line).items()
    )
    return _SCRIPT.format(line=line, role=role, schema=schema, grants=grants)


_SCRIPT = """\
-- The role that windsock reads the database of Airflow {line} with: a few columns, no secrets, no writing.
-- In Airflow's database, as the owner of its tables: psql -v password=… -f FILE
-- Again after an upgrade of Airflow, with the script for the new version: new tables need new grants.
-- Made by: windsock db grants --airflow {line}
\\set ON_ERROR_STOP on
SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
ALTER ROLE {role} LOGIN PASSWORD :'password' CONNECTION LIMIT 5;
ALTER ROLE {role} SET default_transaction_read_only = on;
ALTER ROLE {role} SET statement_timeout = '5s';
ALTER ROLE {role} SET lock_timeout = '500ms';
ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10s';
GRANT USAGE ON SCHEMA {schema} TO {role};
{grants}"""


def _for_compose() -> str:
    return HEADER.replace("#", "--", 1) + script(VERSIONS[-1])


ARTIFACTS = (Artifact(_PATH, _for_compose),)
