-- One late DAG, for databases without recorded data.
INSERT INTO dag (dag_id, is_paused, is_active, owners, schedule_interval, next_dagrun,
  next_dagrun_data_interval_start, next_dagrun_data_interval_end, next_dagrun_create_after,
  max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs, has_task_concurrency_limits,
  has_import_errors, fileloc)
VALUES ('late', 0, 1, 'b, a', '"0 * * * *"', '2026-01-10 10:00:00.000000', '2026-01-10 10:00:00.000000',
  '2026-01-10 11:00:00.000000', NULL, 16, 1, 0, 0, 0, '/dags/late.py');
INSERT INTO dag_run (dag_id, queued_at, execution_date, start_date, end_date, state, run_id, run_type,
  data_interval_start, data_interval_end, clear_number)
VALUES ('late', '2026-01-10 09:00:01.000000', '2026-01-10 08:00:00.000000',
  '2026-01-10 09:00:02.000000', '2026-01-10 09:30:00.000000', 'success', 's1', 'scheduled',
  '2026-01-10 08:00:00.000000', '2026-01-10 09:00:00.000000', 0),
  ('late', '2026-01-10 10:00:01.000000', '2026-01-10 09:00:00.000000',
  '2026-01-10 10:00:02.000000', NULL, 'running', 's2', 'scheduled',
  '2026-01-10 09:00:00.000000', '2026-01-10 10:00:00.000000', 0);
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, state, pool, pool_slots, queue,
  queued_dttm, updated_at, job_id, start_date)
VALUES ('late', 't1', 's2', -1, 'queued', 'default_pool', 2, 'default', '2026-01-10 11:58:00.000000',
  '2026-01-10 11:58:00.000000', NULL, NULL),
  ('late', 't2', 's2', -1, 'running', 'default_pool', 1, 'default', '2026-01-10 11:50:00.000000',
  '2026-01-10 11:58:00.000000', 7, '2026-01-10 11:51:00.000000');
INSERT INTO job (id, dag_id, state, job_type, start_date, latest_heartbeat)
VALUES (1, NULL, 'running', 'SchedulerJob', '2026-01-10 08:00:00.000000', '2026-01-10 11:59:58.000000'),
  (7, 'late', 'running', 'LocalTaskJob', '2026-01-10 11:51:00.000000', '2026-01-10 11:59:58.000000');
INSERT INTO import_error (id, timestamp, filename, stacktrace)
VALUES (1, '2026-01-10 11:59:00.000000', '/dags/broken.py', 'secret');
