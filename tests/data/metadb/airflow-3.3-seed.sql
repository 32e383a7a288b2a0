-- One late DAG, for databases without recorded data.
INSERT INTO dag_bundle (name, active) VALUES ('main', 1);
INSERT INTO dag (dag_id, is_paused, is_stale, exceeds_max_non_backfill, bundle_name, owners,
  timetable_type, timetable_summary, partition_mapper_info, next_dagrun, next_dagrun_data_interval_start,
  next_dagrun_data_interval_end, next_dagrun_create_after, max_active_tasks, max_active_runs,
  max_consecutive_failed_dag_runs, has_task_concurrency_limits, has_import_errors, relative_fileloc)
VALUES ('late', 0, 0, 1, 'main', 'b, a', 'CronTriggerTimetable', '0 * * * *', '{}',
  '2026-01-10 11:00:00.000000', '2026-01-10 11:00:00.000000', '2026-01-10 11:00:00.000000',
  '2026-01-10 11:00:00.000000', 16, 1, 0, 0, 0, 'late.py');
INSERT INTO dag_run (dag_id, queued_at, logical_date, start_date, end_date, state, run_id, run_type,
  run_after, clear_number, span_status)
VALUES ('late', '2026-01-10 09:00:01.000000', '2026-01-10 09:00:00.000000',
  '2026-01-10 09:00:02.000000', '2026-01-10 09:30:00.000000', 'success', 's1', 'scheduled',
  '2026-01-10 09:00:00.000000', 0, 'x'),
  ('late', '2026-01-10 10:00:01.000000', '2026-01-10 10:00:00.000000',
  '2026-01-10 10:00:02.000000', NULL, 'running', 's2', 'scheduled',
  '2026-01-10 10:00:00.000000', 0, 'x');
INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, state, pool, pool_slots, queue,
  queued_dttm, last_heartbeat_at, start_date, try_number, max_tries, span_status)
VALUES ('1', 'late', 't1', 's2', -1, 'queued', 'default_pool', 2, 'default',
  '2026-01-10 11:58:00.000000', NULL, NULL, 1, 0, 'x'),
  ('2', 'late', 't2', 's2', -1, 'running', 'default_pool', 1, 'default', '2026-01-10 11:50:00.000000',
  '2026-01-10 11:59:58.000000', '2026-01-10 11:51:00.000000', 1, 0, 'x');
INSERT INTO job (id, state, job_type, start_date, latest_heartbeat)
VALUES (1, 'running', 'SchedulerJob', '2026-01-10 08:00:00.000000', '2026-01-10 11:59:58.000000');
INSERT INTO import_error (id, timestamp, filename, bundle_name, stacktrace)
VALUES (1, '2026-01-10 11:59:00.000000', 'broken.py', 'main', 'secret');
