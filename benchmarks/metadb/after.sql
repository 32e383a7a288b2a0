-- What belongs to task instances and runs.

INSERT INTO trigger (id, classpath, kwargs, created_date, triggerer_id)
SELECT trigger_id, (ARRAY['airflow.triggers.temporal.DateTimeTrigger', 'airflow.providers.amazon.triggers.s3.S3KeyTrigger',
  'airflow.providers.standard.triggers.external_task.DagStateTrigger', 'corp.triggers.HttpTrigger'])[1 + trigger_id %% 4],
  repeat('x', 120), start_date, CASE WHEN trigger_id %% 500 = 0 THEN NULL ELSE 4 + trigger_id %% 2 END
FROM task_instance WHERE state = 'deferred';

INSERT INTO hitl_detail (ti_id, options, subject, params, created_at, params_input)
SELECT id, '["yes", "no"]', 'approve', '{}', start_date, '{}' FROM task_instance WHERE state = 'awaiting_input';

INSERT INTO task_instance_history (task_instance_id, task_id, dag_id, run_id, map_index, try_number, start_date, end_date,
  duration, state, max_tries, hostname, unixname, pool, pool_slots, queue, operator, queued_dttm, scheduled_dttm, span_status)
SELECT md5('history' || i)::uuid, 'step_00_extract', r.dag_id, r.run_id, -1, 1 + i / %(runs)s, r.run_after, r.run_after + interval '1 min', 60,
  'failed', 3, 'airflow-worker-' || i %% 400, 'airflow', 'default_pool', 1, 'queue_0', 'BashOperator', r.run_after, r.run_after, 'not_started'
FROM generate_series(1, %(tasks)s / 20) i JOIN dag_run r ON r.id = 1 + i %% %(runs)s;

-- A missed deadline in one of twenty finished runs, a pending one in one of twenty that are not.
INSERT INTO deadline (id, created_at, last_updated_at, dagrun_id, deadline_time, missed, callback_id)
SELECT md5('deadline' || id)::uuid, run_after, run_after, id,
  run_after + %(span)s * CASE WHEN end_date IS NULL THEN 1.5 ELSE 0.5 END * interval '1 s',
  end_date IS NOT NULL, md5('callback' || id)::uuid
FROM dag_run WHERE id %% 20 = 0;

INSERT INTO callback (id, type, fetch_method, data, state, priority_weight, created_at)
SELECT callback_id, 'triggerer', 'import_path', '{}', CASE WHEN missed THEN 'success' ELSE 'scheduled' END, 1, created_at FROM deadline;

INSERT INTO log (dttm, dag_id, task_id, map_index, event, run_id, owner, try_number, extra)
SELECT %(at)s - (n - i) * interval '1 min' / (2 * %(per_minute)s), r.dag_id, 'step_' || to_char(i %% 20, 'FM00') || '_extract', -1,
  CASE WHEN i %% 400 = 0 THEN (ARRAY['trigger', 'clear', 'paused', 'heartbeat timeout', 'stuck in queued reschedule'])[1 + i / 400 %% 5]
    WHEN i %% 2 = 0 THEN 'running' WHEN i %% 30 = 1 THEN 'failed' ELSE 'success' END, r.run_id, 'team_1', 1, NULL
FROM (SELECT %(tasks)s::bigint * 72 / 1000 AS n) c, generate_series(1, n) i JOIN dag_run r ON r.id = 1 + (i * 7919) %% %(runs)s;
