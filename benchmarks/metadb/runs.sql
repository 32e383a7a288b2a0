-- Runs: run r belongs to DAG r modulo their number, the newest come last; the last of them are unfinished.

INSERT INTO dag_run (dag_id, queued_at, logical_date, start_date, end_date, state, run_id, creating_job_id, run_type,
  triggered_by, conf, data_interval_start, data_interval_end, run_after, last_scheduling_decision, created_at,
  updated_at, clear_number, backfill_id, scheduled_by_job_id, context_carrier, span_status, created_dag_version_id)
SELECT %(dag_id)s, due, logical, CASE WHEN state <> 'queued' THEN due + interval '2 s' END, ended, state,
  kind || '__' || to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 1 + r %% 3, kind,
  CASE kind WHEN 'scheduled' THEN 'timetable' WHEN 'backfill' THEN 'backfill' WHEN 'manual' THEN 'rest_api' ELSE 'asset' END,
  '{}', logical, logical, due, coalesce(ended, %(at)s - r %% 30 * interval '1 s'), due, coalesce(ended, due), 0,
  CASE WHEN kind = 'backfill' THEN 1 END, 1 + r %% 3, '{}', 'not_started', %(version)s
FROM generate_series(0, %(runs)s - 1) r,
  LATERAL (SELECT r %% %(dags)s AS d, %(at)s - (%(runs)s - r) * interval '%(step)s s' AS due,
    r >= %(runs)s - %(active_runs)s AS active) a,
  LATERAL (SELECT CASE WHEN r %% %(dags)s %% 40 = 7 THEN 'asset_triggered' WHEN r %% %(dags)s %% 40 = 29 THEN 'manual'
      WHEN r %% 61 = 9 THEN 'backfill' WHEN r %% 97 = 5 THEN 'manual' ELSE 'scheduled' END AS kind,
    CASE WHEN active THEN CASE WHEN (hashint8extended(r, 4) & 1023) < 205 THEN 'queued' ELSE 'running' END
      WHEN (hashint8extended(r, 1) & 1023) < 30 THEN 'failed' ELSE 'success' END AS state,
    CASE WHEN NOT active THEN due + %(span)s * (0.3 + 0.69 * (hashint8extended(r, 2) & 1023) / 1024) * interval '1 s' END AS ended) b,
  LATERAL (SELECT CASE kind WHEN 'scheduled' THEN due WHEN 'backfill' THEN due - interval '30 days' END AS logical) c;

ANALYZE dag_run (id);
