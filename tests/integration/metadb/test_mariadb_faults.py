"""What goes wrong with a MariaDB while serving shows in the metrics, heals, and hurts nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pymysql
import pytest

from tests.support.mariadb import MariaDB
from tests.support.metadb import make_mariadb
from tests.support.proxy import Proxy, proxy
from tests.support.role import user
from tests.support.seed import execute
from tests.support.serving import DOWN, UP, off, ok, serving
from windsock.metadb.database import Database
from windsock.metadb.schema import detect
from windsock.metadb.trouble import ReadError, Trouble
from windsock.metadb.url import parse

pytestmark = pytest.mark.real_time

NAME = "faults"


@pytest.fixture(scope="module")
def url(mariadb: MariaDB) -> Iterator[str]:
    make_mariadb(mariadb, NAME, "3.3")
    with user(mariadb, NAME, "3.3") as found:
        yield found
    mariadb.sql(f"DROP DATABASE {NAME}")


def test_killed_connections_are_replaced(mariadb: MariaDB, url: str) -> None:
    with serving(url) as exporter:
        text = exporter.until(lambda text: UP in text)
        assert re.search(r'airflow_metadb_info\{.*dialect="mariadb",.*tested="true"\} 1', text)
        killed, until = 0, time.monotonic() + 3
        while time.monotonic() < until:
            for (number,) in mariadb.sql(
                "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
            ):
                with suppress(pymysql.Error):  # it may have ended meanwhile
                    mariadb.sql(f"KILL CONNECTION {number}")
                    killed += 1
            time.sleep(0.1)
        assert killed > 3
        exporter.until(lambda text: UP in text and "collector_success" in text and not _failed(text))


def _failed(text: str) -> list[str]:
    return re.findall(r"airflow_metadb_collector_success.* 0.0\n", text)


def test_a_locked_table_costs_its_collector_a_second_and_no_other_waits(mariadb: MariaDB, url: str) -> None:
    with serving(url) as exporter, mariadb.connect(NAME) as admin:
        exporter.until(lambda text: ok("import_errors") in text)
        started = time.monotonic()
        execute(admin, "LOCK TABLES import_error WRITE")
        assert time.monotonic() - started < 2
        text = exporter.until(lambda text: ok("import_errors", succeeded=False) in text)
        assert UP in text
        assert ok("dags") in text
        execute(admin, "UNLOCK TABLES")
        exporter.until(lambda text: ok("import_errors") in text)


def test_a_server_that_stops_and_starts_is_seen_both_times(mariadb: MariaDB, url: str) -> None:
    with serving(url) as exporter:
        exporter.until(lambda text: UP in text)
        mariadb.stop()
        try:
            exporter.until(lambda text: DOWN in text)
        finally:
            mariadb.start()
        exporter.until(lambda text: UP in text and ok("tasks") in text)


def _through(url: str, mariadb: MariaDB, between: Proxy) -> str:
    return url.replace(f":{mariadb.port}/", f":{between.port}/")


def test_a_network_that_swallows_everything_does_not_hang_it(mariadb: MariaDB, url: str) -> None:
    with (
        proxy(mariadb.port) as between,
        serving(url.replace(str(mariadb.port), str(between.port))) as exporter,
    ):
        exporter.until(lambda text: UP in text)
        between.swallow()
        exporter.until(lambda text: DOWN in text)
        between.flow()
        between.cut()
        exporter.until(lambda text: UP in text and ok("tasks") in text)


def test_a_handshake_that_never_ends_is_given_up(mariadb: MariaDB, url: str) -> None:
    with proxy(mariadb.port) as between:
        between.swallow()
        address = parse(_through(url, mariadb, between), origin="test")
        started = time.monotonic()
        with pytest.raises(ReadError) as caught:
            detect(Database(address, connect_timeout=1))
        assert caught.value.trouble is Trouble.UNREACHABLE
        assert time.monotonic() - started < 5


def test_a_privilege_removed_later_disables_its_collector_until_then(mariadb: MariaDB, url: str) -> None:
    with serving(url) as exporter:
        exporter.until(lambda text: ok("dag_warnings") in text)
        right = "SELECT (`warning_type`) ON dag_warning"
        mariadb.sql(f"REVOKE {right} FROM reader@'%'", database=NAME)
        text = exporter.until(lambda text: off("dag_warnings", "privilege") in text)
        assert ok("dags") in text
        mariadb.sql(f"GRANT {right} TO reader@'%'", database=NAME)
        exporter.until(lambda text: ok("dag_warnings") in text and "collector_disabled{" not in text)


def test_a_plan_that_reads_a_big_table_whole_is_refused(mariadb: MariaDB, url: str) -> None:
    mariadb.sql("ALTER TABLE task_instance DROP INDEX ti_state", database=NAME)
    mariadb.sql(
        "UPDATE mysql.innodb_table_stats SET n_rows = 1000000"
        f" WHERE database_name = '{NAME}' AND table_name = 'task_instance'"
    )
    mariadb.stop()  # what it knows of the table it reads once
    mariadb.start()
    with serving(url) as exporter:
        text = exporter.until(lambda text: off("tasks", "plan") in text)
        assert ok("dags") in text
        mariadb.sql("ALTER TABLE task_instance ADD INDEX ti_state (state)", database=NAME)
        exporter.until(lambda text: ok("tasks") in text)


@pytest.mark.parametrize(
    ("query", "trusted"),
    [
        pytest.param("ssl_mode=REQUIRED", True, id="encrypted, whoever it is"),
        pytest.param("ssl_ca=cert.pem", True, id="its own certificate"),
        pytest.param("ssl_ca=other.pem", False, id="a stranger's certificate"),
        pytest.param("ssl_ca=cert.pem&ssl_mode=VERIFY_IDENTITY", False, id="another name"),
    ],
)
def test_tls_is_verified_as_the_url_says(url: str, tls: Path, query: str, *, trusted: bool) -> None:
    database = Database(parse(f"{url}?{query.replace('ssl_ca=', f'ssl_ca={tls}/')}", origin="test"))
    try:
        if not trusted:
            with pytest.raises(ReadError, match="certificate verify failed") as caught:
                detect(database)
            assert caught.value.trouble is Trouble.UNREACHABLE
            return
        with database._engine.connect() as connection:
            (cipher,) = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Ssl_cipher'").fetchall()
        assert cipher[1]
    finally:
        database.close()
