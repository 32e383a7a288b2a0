-- What Airflow does in %(seconds)s seconds up to %(at)s: it ends %(ended)s task instances and %(runs)s runs, starts as
-- many, and every running task says that it lives.

-- After a pause what runs has not run for hours, but for ten minutes at most.
UPDATE dag_run SET start_date = %(at)s - id %% 600 * interval '1 s', queued_at = %(at)s - id %% 600 * interval '1 s'
WHERE state = 'running' AND %(pause)s;

CREATE TEMP TABLE over AS
SELECT * FROM (SELECT id, dag_id, run_id FROM dag_run WHERE state = 'running' OFFSET 0) r ORDER BY id LIMIT %(runs)s;

UPDATE task_instance t SET state = CASE WHEN t.state IS NULL THEN 'skipped' WHEN t.priority_weight %% 16 = 0 THEN 'failed' ELSE 'success' END,
  start_date = coalesce(t.start_date, %(at)s - interval '%(seconds)s s'), end_date = %(at)s - t.priority_weight %% 50 * %(seconds)s * interval '0.02 s',
  last_heartbeat_at = CASE WHEN t.state IS NOT NULL THEN %(at)s - t.priority_weight %% 50 * %(seconds)s * interval '0.02 s' - interval '1 s' END,
  updated_at = %(at)s, trigger_id = NULL
FROM over o WHERE t.dag_id = o.dag_id AND t.run_id = o.run_id
  AND (t.state IS NULL OR t.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed'));

UPDATE dag_run r SET state = CASE WHEN r.id %% 30 = 0 THEN 'failed' ELSE 'success' END,
  end_date = %(at)s - r.id %% 50 * %(seconds)s * interval '0.02 s', updated_at = %(at)s
FROM over o WHERE r.id = o.id;

INSERT INTO dag_run (dag_id, queued_at, logical_date, state, run_id, run_type, triggered_by, conf, run_after, created_at,
  updated_at, clear_number, span_status, context_carrier, created_dag_version_id)
SELECT r.dag_id, %(at)s, CASE WHEN r.run_type = 'scheduled' THEN %(at)s END, 'queued', r.run_type || '__' || %(at)s::text, r.run_type,
  r.triggered_by, '{}', %(at)s, %(at)s, %(at)s, 0, 'not_started', '{}', r.created_dag_version_id
FROM (SELECT DISTINCT ON (r.dag_id) r.* FROM dag_run r JOIN over o USING (id) WHERE r.run_type <> 'backfill' ORDER BY r.dag_id, r.id) r;

INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, state, try_number, max_tries, hostname, unixname, pool, pool_slots,
  queue, priority_weight, operator, updated_at, context_carrier, span_status, task_display_name, dag_version_id)
SELECT (lpad(to_hex((extract(epoch FROM %(at)s) * 1000)::bigint), 12, '0') || '7' || substr(md5(t.id::text), 1, 3) || '8' || substr(md5(t.id::text), 4, 15))::uuid,
  t.task_id, t.dag_id, n.run_id, t.map_index, NULL, 0, 3, '', 'airflow', t.pool, t.pool_slots, t.queue, t.priority_weight, t.operator,
  %(at)s, '{}', 'not_started', t.task_display_name, t.dag_version_id
FROM (SELECT DISTINCT ON (dag_id) * FROM over ORDER BY dag_id, id) o
JOIN dag_run n ON n.dag_id = o.dag_id AND n.run_after = %(at)s
JOIN task_instance t ON t.dag_id = o.dag_id AND t.run_id = o.run_id;

DROP TABLE over;

UPDATE dag_run SET state = 'running', start_date = %(at)s
WHERE id IN (SELECT id FROM (SELECT id FROM dag_run WHERE state = 'queued' OFFSET 0) r ORDER BY id LIMIT %(runs)s);

UPDATE task_instance SET state = 'success', end_date = %(at)s - priority_weight %% 50 * %(seconds)s * interval '0.02 s',
  last_heartbeat_at = %(at)s - priority_weight %% 50 * %(seconds)s * interval '0.02 s' - interval '1 s', updated_at = %(at)s
WHERE id IN (SELECT id FROM (SELECT id FROM task_instance WHERE state = 'running' OFFSET 0) t ORDER BY id LIMIT %(ended)s);

UPDATE task_instance SET state = 'running', start_date = %(at)s - priority_weight %% 50 * %(seconds)s * interval '0.02 s', updated_at = %(at)s
WHERE id IN (SELECT id FROM (SELECT id FROM task_instance WHERE state = 'queued' OFFSET 0) t ORDER BY id LIMIT %(begun)s);

UPDATE task_instance SET state = 'queued', queued_dttm = %(at)s, updated_at = %(at)s
WHERE id IN (SELECT id FROM (SELECT id FROM task_instance WHERE state = 'scheduled' OFFSET 0) t ORDER BY id LIMIT %(begun)s);

UPDATE task_instance SET state = 'scheduled', scheduled_dttm = %(at)s, updated_at = %(at)s
WHERE id IN (SELECT t.id FROM (SELECT id, dag_id, run_id FROM task_instance WHERE state IS NULL OFFSET 0) t
  JOIN (SELECT dag_id, run_id FROM dag_run WHERE state = 'running' OFFSET 0) r USING (dag_id, run_id) ORDER BY t.id LIMIT %(begun)s);

UPDATE task_instance SET last_heartbeat_at = %(at)s - priority_weight %% 50 * interval '0.1 s' WHERE state = 'running'
  AND (last_heartbeat_at IS NULL OR last_heartbeat_at > %(at)s - interval '%(patience)s');

UPDATE job SET latest_heartbeat = %(at)s - id * interval '0.5 s' WHERE id <= 6;

UPDATE dag SET next_dagrun = t.due, next_dagrun_data_interval_start = t.due, next_dagrun_data_interval_end = t.due, next_dagrun_create_after = t.due
FROM (SELECT dag_id, %(at)s + interval '1 hour' AS due FROM dag WHERE next_dagrun_create_after < %(at)s
  AND NOT is_paused AND NOT exceeds_max_non_backfill ORDER BY dag_id LIMIT %(due_again)s) t WHERE dag.dag_id = t.dag_id;

INSERT INTO log (dttm, dag_id, task_id, map_index, event, run_id, owner, try_number)
SELECT %(at)s, 'sales_pipeline_00000', 'step_00_extract', -1,
  CASE WHEN i %% 400 = 0 THEN (ARRAY['trigger', 'clear', 'paused', 'heartbeat timeout', 'stuck in queued reschedule'])[1 + i / 400 %% 5]
    WHEN i %% 2 = 0 THEN 'running' ELSE 'success' END, 'run', 'team_1', 1 FROM generate_series(1, 2 * %(ended)s) i;
