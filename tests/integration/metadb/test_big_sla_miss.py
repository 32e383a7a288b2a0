"""A table that no index helps to read: it is read while it is small."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from tests.support.metadb import source


def test_missed_slas_are_not_read_once_there_are_many(recorded: Callable[[str], str]) -> None:
    url = recorded("2.11")
    small = source(url)
    small.database.close()
    assert small.refused == {}
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as connection:
        connection.execute(
            'INSERT INTO sla_miss (task_id, dag_id, execution_date, "timestamp")'
            " SELECT 't', 'd', now() - g * interval '1 minute', now() FROM generate_series(1, 200100) g"
        )
        connection.execute("ANALYZE sla_miss")
    big = source(url)
    big.database.close()
    assert {name: refusal.reason for name, refusal in big.refused.items()} == {
        "sla_misses": "plan",
        "own_misses": "plan",
    }
