-- The role that windsock reads Airflow 3's database with: a few columns, no secrets, no writing.
-- psql -v password=… -f windsock-role.sql; run it again after an upgrade of Airflow, new tables need new grants.
\set ON_ERROR_STOP on
SELECT 'CREATE ROLE windsock' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'windsock') \gexec
ALTER ROLE windsock LOGIN PASSWORD :'password' CONNECTION LIMIT 5;
ALTER ROLE windsock SET default_transaction_read_only = on;
ALTER ROLE windsock SET statement_timeout = '5s';
ALTER ROLE windsock SET lock_timeout = '500ms';
ALTER ROLE windsock SET idle_in_transaction_session_timeout = '10s';
GRANT USAGE ON SCHEMA public TO windsock;
GRANT SELECT (version_num) ON alembic_version TO windsock;
GRANT SELECT (job_type, state, latest_heartbeat) ON job TO windsock;
GRANT SELECT (pool, slots, include_deferred) ON slot_pool TO windsock;
GRANT SELECT (dag_id, is_paused, is_stale, owners, timetable_summary, next_dagrun, next_dagrun_create_after,
  next_dagrun_data_interval_end, exceeds_max_non_backfill, has_import_errors, relative_fileloc)
  ON dag TO windsock;
GRANT SELECT (dag_id, name) ON dag_tag TO windsock;
GRANT SELECT (id, dag_id, run_id, run_type, state, run_after, logical_date, queued_at, created_at, start_date,
  end_date) ON dag_run TO windsock;
GRANT SELECT (dag_id, state, pool, queue, pool_slots, queued_dttm, scheduled_dttm, start_date, last_heartbeat_at)
  ON task_instance TO windsock;
GRANT SELECT (bundle_name, filename) ON import_error TO windsock;
