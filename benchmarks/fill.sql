-- Airflow 3.3's tables filled by SQL alone; benchmarks/fill.py replaces the %(names)s.

TRUNCATE dag, dag_run, task_instance, job, dag_tag, import_error, slot_pool, dag_bundle RESTART IDENTITY CASCADE;

INSERT INTO dag_bundle (name, active) VALUES ('main', true);

INSERT INTO slot_pool (pool, slots, include_deferred, description) SELECT 'pool_' || i, 100 + i, i % 2 = 0, '' FROM generate_series(0, 19) i;

INSERT INTO dag (dag_id, is_paused, is_stale, exceeds_max_non_backfill, bundle_name, owners, timetable_type,
  timetable_summary, timetable_periodic, partition_mapper_info, next_dagrun, next_dagrun_data_interval_start,
  next_dagrun_data_interval_end, next_dagrun_create_after, max_active_tasks, max_active_runs,
  max_consecutive_failed_dag_runs, has_task_concurrency_limits, has_import_errors, relative_fileloc)
SELECT 'dag_' || i, i % 20 = 0, i % 100 = 99, i % 50 = 1, 'main', 'owner_' || i % 30 || ', airflow',
  'CronTriggerTimetable', '0 * * * *', true, '{}', x.t, x.t, x.t, x.t, 16, 16, 0, false, i % 200 = 7, 'dag_' || i || '.py'
FROM generate_series(0, %(dags)s - 1) i, LATERAL (SELECT date_trunc('hour', now()) + interval '1 hour' AS t) x;

INSERT INTO dag_tag (dag_id, name) SELECT dag_id, 'tag_' || length(dag_id) FROM dag;

-- Run i belongs to DAG i modulo the number of DAGs; the newest come last, as in life, and the active ones are
-- among them. Every 50th older run failed, every 40th has no logical date, every 60th is a backfill's.
INSERT INTO dag_run (dag_id, queued_at, logical_date, start_date, end_date, state, run_id, run_type, run_after,
  clear_number, span_status, created_at, updated_at)
SELECT 'dag_' || i % %(dags)s, due, CASE WHEN i % 40 = 3 THEN NULL ELSE due END, due + interval '2 s',
  CASE WHEN i >= %(runs)s - %(active_runs)s THEN NULL ELSE due + interval '9 min' END,
  CASE WHEN i >= %(runs)s - %(active_runs)s THEN CASE WHEN i % 4 = 0 THEN 'queued' ELSE 'running' END
       WHEN i % 50 = 0 THEN 'failed' ELSE 'success' END,
  'run_' || i,
  CASE WHEN i % 40 = 3 THEN 'manual' WHEN i % 60 = 9 THEN 'backfill' ELSE 'scheduled' END,
  due, 0, 'x', due, due
FROM generate_series(0, %(runs)s - 1) i,
  LATERAL (SELECT date_trunc('minute', now()) - (%(runs)s - i) * interval '60 s'
    - (i % %(dags)s) * interval '1 ms' AS due) d;

INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, start_date, end_date, duration, state,
  try_number, max_tries, pool, pool_slots, queue, operator, queued_dttm, scheduled_dttm, last_heartbeat_at,
  updated_at, span_status)
SELECT md5(i::text)::uuid, 'task_' || i % 10, 'dag_' || r % %(dags)s, 'run_' || r, -1,
  due, CASE WHEN old THEN due + interval '1 min' END, 60,
  CASE WHEN old THEN CASE WHEN i % 97 = 0 THEN 'failed' ELSE 'success' END
       ELSE (ARRAY['running','queued','scheduled','deferred','up_for_retry'])[1 + i % 5] END,
  1, 0, 'pool_' || i % 20, 1 + i % 2, 'queue_' || i % 6, 'BashOperator', due, due,
  CASE WHEN old THEN due + interval '55 s' WHEN i % 5 = 0 THEN now() END, due, 'x'
FROM generate_series(0, %(tasks)s - 1) i,
  LATERAL (SELECT i / 10 AS r, i < %(tasks)s - %(active)s AS old) a,
  LATERAL (SELECT now() - (%(runs)s - r) * interval '60 s' AS due) d;

INSERT INTO job (state, job_type, start_date, latest_heartbeat, hostname)
SELECT CASE WHEN i < 5 THEN 'running' ELSE 'success' END,
  (ARRAY['SchedulerJob','TriggererJob','DagProcessorJob'])[1 + i % 3], now() - i * interval '1 hour',
  now() - i * interval '1 hour' + interval '30 min', 'host'
FROM generate_series(0, 5000) i;

INSERT INTO import_error (timestamp, filename, bundle_name) SELECT now(), 'bad_' || i || '.py', 'main' FROM generate_series(1, 20) i;

INSERT INTO log (dttm, dag_id, task_id, event) SELECT now() - i * interval '1 s', 'dag_' || i % 1000, 't', 'running'
FROM generate_series(1, 300000) i;

VACUUM ANALYZE;
