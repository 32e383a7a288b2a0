-- What there is one or a few of per DAG; fill.py puts values in the place of names.

INSERT INTO dag_bundle (name, active, last_refreshed)
SELECT 'bundle_' || i, true, %(at)s - i * interval '7 s' FROM generate_series(0, 4) i;

INSERT INTO slot_pool (pool, slots, include_deferred, description)
SELECT CASE i WHEN 0 THEN 'default_pool' ELSE 'pool_' || to_char(i, 'FM00') END, 400 + 40 * i, i %% 3 = 1, ''
FROM generate_series(0, 74) i;

INSERT INTO dag (dag_id, is_paused, is_stale, exceeds_max_non_backfill, last_parsed_time, last_parse_duration, fileloc,
  relative_fileloc, bundle_name, owners, dag_display_name, timetable_type, timetable_summary, timetable_periodic,
  partition_mapper_info, max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs,
  has_task_concurrency_limits, has_import_errors, next_dagrun, next_dagrun_data_interval_start,
  next_dagrun_data_interval_end, next_dagrun_create_after)
SELECT %(dag_id)s, d %% 50 = 11, d %% 100 = 57, d %% 50 = 1, %(at)s - d %% 300 * interval '1 s', 0.2,
  '/opt/airflow/dags/' || %(dag_id)s || '.py', 'dags/' || %(dag_id)s || '.py', 'bundle_' || d %% 5,
  'team_' || d %% 40 || ', owner_' || d %% 97, %(dag_id)s,
  CASE WHEN d %% 40 = 7 THEN 'AssetTriggeredTimetable' WHEN d %% 40 = 29 THEN 'NullTimetable' ELSE 'CronTriggerTimetable' END,
  CASE WHEN d %% 40 = 7 THEN 'Asset' WHEN d %% 40 = 29 THEN 'None' WHEN d %% 4 = 0 THEN '0 4 * * *' ELSE '0 * * * *' END,
  d %% 40 NOT IN (7, 29), '[]', 16, 16, CASE WHEN d %% 10 = 4 THEN 5 ELSE 0 END, false, d %% 200 = 99, t.due, t.due, t.due, t.due
FROM generate_series(0, %(dags)s - 1) d,
  LATERAL (SELECT CASE WHEN d %% 40 NOT IN (7, 29) THEN %(at)s + (d %% 3600 - 40) * interval '1 s' END AS due) t;

INSERT INTO dag_tag (dag_id, name)
SELECT %(dag_id)s, tag FROM generate_series(0, %(dags)s - 1) d, LATERAL (VALUES ('tier-' || d %% 3), ('domain-' || d %% 25)) AS tags (tag);

INSERT INTO dag_version (id, version_number, dag_id, bundle_name, created_at, last_updated)
SELECT %(version)s, 1, %(dag_id)s, 'bundle_' || d %% 5, %(at)s - interval '20 days', %(at)s - interval '20 days'
FROM generate_series(0, %(dags)s - 1) d;

INSERT INTO serialized_dag (id, dag_id, data, created_at, last_updated, dag_hash, dag_version_id)
SELECT md5('serialized' || d)::uuid, %(dag_id)s, jsonb_build_object('dag', text), %(at)s - interval '20 days',
  %(at)s - interval '20 days', md5(d::text), %(version)s
FROM generate_series(0, %(dags)s - 1) d,
  LATERAL (SELECT string_agg(md5(d || '-' || k), '') AS text FROM generate_series(1, 50) k) t;

INSERT INTO dag_warning (dag_id, warning_type, message, "timestamp")
SELECT %(dag_id)s, 'non-existent pool', '', %(at)s FROM generate_series(0, %(dags)s - 1, 100) d;

INSERT INTO import_error ("timestamp", filename, bundle_name, stacktrace)
SELECT %(at)s - interval '20 s', 'broken_' || i || '.py', 'bundle_' || i %% 5, repeat('Traceback ', 200) FROM generate_series(1, 60) i;

-- One DAG processor, two triggerers and three schedulers live; the others are what was restarted before.
INSERT INTO job (state, job_type, start_date, end_date, latest_heartbeat, hostname, executor_class)
SELECT CASE WHEN i < 6 THEN 'running' WHEN i %% 9 = 0 THEN 'failed' ELSE 'success' END, job_type,
  %(at)s - interval '2 days' - i * interval '1 hour', CASE WHEN i >= 6 THEN beat END, beat,
  'host-' || i %% 12, 'CeleryExecutor'
FROM generate_series(0, 4999) i,
  LATERAL (SELECT (ARRAY['SchedulerJob', 'SchedulerJob', 'SchedulerJob', 'TriggererJob', 'TriggererJob', 'DagProcessorJob'])[1 + i %% 6] AS job_type,
    CASE WHEN i < 6 THEN %(at)s - i * interval '0.5 s' ELSE %(at)s - interval '1 day' - i * interval '1 hour' END AS beat) j;

INSERT INTO asset (name, uri, "group", extra, created_at, updated_at)
SELECT 'asset_' || i, 's3://lake/asset_' || i, 'asset', '{}', %(at)s, %(at)s FROM generate_series(1, %(dags)s / 2) i;

INSERT INTO asset_active (name, uri) SELECT name, uri FROM asset;

INSERT INTO asset_event (asset_id, extra, source_task_id, source_dag_id, source_run_id, "timestamp")
SELECT 1 + i %% (%(dags)s / 2), '{}', 'load', 'd', 'r', %(at)s - (%(tasks)s / 50 - i) * interval '0.3 s'
FROM generate_series(0, %(tasks)s / 50 - 1) i;

INSERT INTO asset_dag_run_queue (asset_id, target_dag_id, created_at)
SELECT 1 + d %% (%(dags)s / 2), %(dag_id)s, %(at)s - d * interval '1 s' FROM generate_series(0, %(dags)s - 1, 5) d;

INSERT INTO dag_schedule_asset_reference (asset_id, dag_id, created_at, updated_at)
SELECT 1 + d %% (%(dags)s / 2), %(dag_id)s, %(at)s, %(at)s FROM generate_series(7, %(dags)s - 1, 40) d;

INSERT INTO backfill (dag_id, from_date, to_date, dag_run_conf, reprocess_behavior, max_active_runs, created_at, completed_at, updated_at)
SELECT %(dag_id)s, %(at)s - interval '40 days', %(at)s - interval '30 days', '{}', 'none', 10, %(at)s,
  CASE WHEN d >= 5 THEN %(at)s END, %(at)s
FROM generate_series(0, least(%(dags)s, 100) - 1) d;
