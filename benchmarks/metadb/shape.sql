-- The task instances of a hundred runs in a row: a run's neighbours are others', as when they run at one time.

CREATE UNLOGGED TABLE shape AS
SELECT (row_number() OVER (ORDER BY md5(o || '-' || t)))::int - 1 AS place, o AS run, t AS task, n AS tasks,
  CASE WHEN n = 120 AND t >= 60 THEN 'each_part' ELSE 'step_' || to_char(t, 'FM00') || '_' ||
    (ARRAY['extract', 'load_customers', 'check', 'transform', 'publish'])[1 + t %% 5] END AS task_id,
  CASE WHEN n = 120 AND t >= 60 THEN t - 60 ELSE -1 END AS map_index,
  (hashint8extended(n * 1000 + t, 3) & 1023) / 1024.0::float8 AS chance
FROM generate_series(0, 99) o, LATERAL (SELECT (%(sizes)s)[1 + o %% 10] AS n) s, LATERAL generate_series(0, n - 1) t;

ANALYZE shape;
