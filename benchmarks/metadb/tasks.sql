-- Task instances from place %(first)s to %(last)s. The newest %(mixed)s lie mixed, because in life every change of a
-- row puts it where there is room.

INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, try_number,
  max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator, custom_operator_name, queued_dttm,
  scheduled_dttm, queued_by_job_id, last_heartbeat_at, pid, executor, updated_at, context_carrier, span_status,
  external_executor_id, trigger_id, trigger_timeout, next_method, task_display_name, dag_version_id)
SELECT
  (lpad(to_hex((extract(epoch FROM r.run_after) * 1000)::bigint), 12, '0') || '7' || substr(md5(j::text), 1, 3) || '8' ||
    substr(md5(j::text), 4, 15))::uuid,
  s.task_id, r.dag_id, r.run_id, s.map_index,
  CASE WHEN a.state IN ('queued', 'scheduled') OR a.state IS NULL THEN NULL ELSE began END,
  ended, extract(epoch FROM ended - began), a.state,
  CASE WHEN a.state IS NULL THEN 0 WHEN u2 < 0.93 THEN 1 WHEN u2 < 0.98 THEN 2 ELSE 3 END, 3,
  CASE WHEN began IS NOT NULL THEN 'airflow-worker-' || j %% 400 ELSE '' END, 'airflow',
  CASE (j / 7) %% 75 WHEN 0 THEN 'default_pool' ELSE 'pool_' || to_char((j / 7) %% 75, 'FM00') END,
  CASE WHEN u1 > 0.9 THEN 2 ELSE 1 END, 'queue_' || (hashint8extended(j, 5) & 1023) %% 12, 1 + s.tasks - s.task,
  (ARRAY['PythonOperator', 'BashOperator', '_PythonDecoratedOperator', 'KubernetesPodOperator', 'EmptyOperator', 'SnowflakeOperator',
    'S3KeySensor', 'ExternalTaskSensor', 'SparkSubmitOperator', 'PostgresOperator', 'EmailOperator', 'TriggerDagRunOperator'])[1 + operator],
  CASE operator WHEN 2 THEN '@task' END,
  CASE WHEN a.state IS NOT NULL AND a.state <> 'scheduled' THEN queued END,
  CASE WHEN a.state IS NOT NULL THEN queued - (1 + 20 * u2) * interval '1 s' END,
  CASE WHEN queued IS NOT NULL THEN 1 + j %% 3 END,
  CASE WHEN a.state IN ('running', 'restarting') THEN %(at)s - CASE WHEN u1 < 0.003 THEN 400 ELSE 5 * u1 END * interval '1 s'
       WHEN a.state IN ('success', 'failed', 'up_for_retry', 'up_for_reschedule', 'deferred') AND operator <> 4
         THEN coalesce(ended, began + interval '3 s') - 4 * u1 * interval '1 s' END,
  CASE WHEN began IS NOT NULL THEN 1000 + j %% 30000 END, CASE WHEN j %% 10 = 0 THEN 'KubernetesExecutor' END,
  coalesce(ended, began, queued, r.run_after), '{}', 'not_started',
  CASE WHEN queued IS NOT NULL THEN md5(j::text) END,
  CASE WHEN a.state = 'deferred' THEN 1 + j - (%(tasks)s - %(mixed)s) END,
  CASE WHEN a.state = 'deferred' THEN %(at)s + (u2 * 36000 - 36) * interval '1 s' END,
  CASE WHEN a.state = 'deferred' THEN 'execute_complete' END, s.task_id, r.created_dag_version_id
FROM generate_series(%(first)s::bigint, %(last)s::bigint) i
CROSS JOIN LATERAL (SELECT CASE WHEN i < %(tasks)s - %(mixed)s THEN i
  ELSE %(tasks)s - %(mixed)s + (i - (%(tasks)s - %(mixed)s)) * 1000003 %% %(mixed)s END AS j OFFSET 0) p
JOIN shape s ON s.place = j %% %(in_block)s
JOIN dag_run r ON r.id = 1 + j / %(in_block)s * 100 + s.run
CROSS JOIN LATERAL (SELECT (hashint8extended(j, 11) & 65535) / 65536.0::float8 AS u0, (hashint8extended(j, 12) & 65535) / 65536.0::float8 AS u1,
  (hashint8extended(j, 13) & 65535) / 65536.0::float8 AS u2, ((hashint8extended(s.task, 14) + s.tasks) & 1023) %% 12 AS operator,
  r.end_date IS NOT NULL AS over OFFSET 0) u
CROSS JOIN LATERAL (SELECT CASE
  WHEN NOT over AND (r.state = 'queued' OR u0 BETWEEN 0.5 AND 0.6875) THEN NULL
  WHEN NOT over AND u0 < 0.5 THEN CASE WHEN u1 < 0.17 THEN 'running' WHEN u1 < 0.172 THEN 'restarting' WHEN u1 < 0.352 THEN 'queued'
    WHEN u1 < 0.602 THEN 'scheduled' WHEN u1 < 0.782 THEN 'deferred' WHEN u1 < 0.867 THEN 'up_for_retry'
    WHEN u1 < 0.997 THEN 'up_for_reschedule' ELSE 'awaiting_input' END
  WHEN u1 < 0.93 THEN 'success' WHEN u1 < 0.96 THEN 'failed' WHEN u1 < 0.98 THEN 'skipped' WHEN u1 < 0.995 THEN 'upstream_failed'
  ELSE 'removed' END AS state OFFSET 0) a
CROSS JOIN LATERAL (SELECT CASE
  WHEN over THEN r.start_date + (extract(epoch FROM r.end_date - r.start_date) * 0.9 * s.task / s.tasks + 30) * interval '1 s'
  -- Those that are done in an unfinished run: a quarter of them in the last six minutes, the others before.
  WHEN u0 >= 0.6875 THEN greatest(r.run_after, %(at)s - (CASE WHEN u2 < 0.24 THEN u2 * 1500 ELSE 360 + (u2 - 0.24) * 1.3 * (%(span)s - 360) END
    + 5 + s.chance * 200) * interval '1 s')
  WHEN a.state IS NULL OR a.state IN ('queued', 'scheduled') THEN NULL
  ELSE greatest(r.run_after, %(at)s - (1 + u2 * u2 * 3600) * interval '1 s') END AS began OFFSET 0) b
CROSS JOIN LATERAL (SELECT CASE
  WHEN over THEN least(r.end_date, began + (2 + s.chance * 200) * interval '1 s')
  WHEN u0 >= 0.6875 AND a.state IS NOT NULL THEN greatest(began, least(%(at)s - u2 * interval '10 s', began + (5 + s.chance * 200) * interval '1 s'))
  WHEN a.state IN ('up_for_retry', 'up_for_reschedule') THEN least(%(at)s, began + 30 * interval '1 s') END AS ended,
  CASE WHEN began IS NOT NULL THEN began - (2 + 40 * u2) * interval '1 s'
    WHEN a.state IS NOT NULL THEN greatest(r.run_after, %(at)s - (1 + 610 * u2) * interval '1 s') END AS queued OFFSET 0) c;
