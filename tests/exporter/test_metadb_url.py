from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from windsock.errors import BadInput
from windsock.metadb import url
from windsock.metadb.mysql_url import options


@pytest.mark.parametrize(
    ("given", "drivername"),
    [
        pytest.param("postgresql+psycopg2://u:p@db/airflow", "postgresql+psycopg", id="Airflow's default"),
        pytest.param("postgresql://u:p@db/airflow", "postgresql+psycopg", id="no driver"),
        pytest.param("postgresql+asyncpg://u:p@db/airflow", "postgresql+psycopg", id="async"),
        pytest.param("postgres://u:p@db/airflow", "postgresql+psycopg", id="old name"),
        pytest.param("mysql+mysqldb://u:p@db/airflow", "mysql+pymysql", id="MySQL, Airflow's default"),
        pytest.param("mysql://u:p@db/airflow", "mysql+pymysql", id="MySQL, no driver"),
        pytest.param("mysql+mysqlconnector://u:p@db/airflow", "mysql+pymysql", id="MySQL, another driver"),
        pytest.param("mariadb+pymysql://u:p@db/airflow?charset=utf8mb4", "mysql+pymysql", id="MariaDB"),
    ],
)
def test_airflows_url_is_taken_unchanged_but_for_the_driver(given: str, drivername: str) -> None:
    found = url.parse(given, origin="test").url
    assert (found.drivername, found.password, found.database) == (drivername, "p", "airflow")


def test_parameters_of_the_url_stay() -> None:
    assert url.parse("postgresql://db/a?sslmode=require", origin="test").url.query == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("query", "verify", "hostname"),
    [
        pytest.param("ssl_mode=REQUIRED", ssl.CERT_NONE, False, id="encrypted"),
        pytest.param("ssl_mode=verify_ca", ssl.CERT_REQUIRED, False, id="certificate"),
        pytest.param("ssl_mode=VERIFY_IDENTITY", ssl.CERT_REQUIRED, True, id="and name"),
        pytest.param("ssl_capath=/", ssl.CERT_REQUIRED, False, id="an authority alone"),
        pytest.param(
            "ssl_capath=/&ssl_check_hostname=true", ssl.CERT_REQUIRED, True, id="mysqlclient's words"
        ),
        pytest.param("ssl_verify_identity=1", ssl.CERT_REQUIRED, True, id="PyMySQL's words"),
        pytest.param("ssl_ca=/none&ssl_mode=REQUIRED", None, None, id="a mode does not hide a missing file"),
    ],
)
def test_parameters_for_tls_are_honoured(query: str, verify: int | None, hostname: bool | None) -> None:
    given = make_url(f"mysql+pymysql://db/a?{query}")
    if verify is None:
        with pytest.raises(BadInput):
            options(given, "test")
        return
    context = options(given, "test")["ssl"]
    assert (context.verify_mode, context.check_hostname) == (verify, hostname)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", {}, id="nothing: as the server likes"),
        pytest.param("charset=utf8mb4&local_infile=1&unix_socket=/s", {"unix_socket": "/s"}, id="a socket"),
        pytest.param("ssl_mode=DISABLED&ssl_ca=/none", {"ssl_disabled": True}, id="no TLS"),
        pytest.param(
            "ssl_disabled=true&connect_timeout=3", {"ssl_disabled": True, "connect_timeout": 3}, id="3 s"
        ),
    ],
)
def test_parameters_of_mysql_are_those_of_our_driver(query: str, found: dict[str, object]) -> None:
    assert options(make_url(f"mysql+pymysql://db/a?{query}"), "test") == found


def test_a_password_is_not_shown() -> None:
    assert str(url.parse("postgresql://u:secret@db/a", origin="test")) == "postgresql+psycopg://u:***@db/a"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param("secret", "not a database URL", id="no URL"),
        pytest.param("", "not a database URL", id="empty"),
        pytest.param("oracle://u:secret@db/a", "oracle is not supported", id="Oracle"),
        pytest.param(
            "mysql://u:secret@db/a?ssl_ca=/none", "ssl_ca: cannot be used: No such file", id="no CA"
        ),
        pytest.param("mysql://u:secret@db/a?ssl_mode=secret", "ssl_mode is one of DISABLED", id="TLS mode"),
        pytest.param(
            "mysql://u:secret@db/a?ssl_crl=x", "parameter ssl_crl is not known", id="unknown parameter"
        ),
        pytest.param("mysql://u:secret@db/a?ssl_ca=a&ssl_ca=b", "ssl_ca stands there twice", id="twice"),
        pytest.param(
            "mysql://db/a?connect_timeout=secret", "connect_timeout is a number", id="MySQL timeout"
        ),
        pytest.param("sqlite://", "needs a path", id="SQLite in memory"),
        pytest.param("sqlite:////nowhere/airflow.db", "no such file", id="SQLite missing"),
        pytest.param("postgresql://u:secret@db:port/a", "not a database URL", id="bad port"),
    ],
)
def test_what_is_no_database_is_refused_without_repeating_it(given: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        url.parse(given, origin="--database-url")
    assert "secret" not in str(caught.value)


def test_the_flag_wins_over_the_file_and_the_file_over_airflows_setting(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://file/a\n", encoding="utf-8")
    environ = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow/a"}
    assert url.find(url="postgresql://flag/a", url_file=file, environ=environ).url.host == "flag"
    assert url.find(url=None, url_file=file, environ=environ).url.host == "file"
    assert url.find(url=None, url_file=None, environ=environ).url.host == "airflow"


def test_without_any_address_the_ways_to_give_one_are_named() -> None:
    with pytest.raises(BadInput, match="WINDSOCK_DATABASE_URL_FILE"):
        url.find(url=None, url_file=None, environ={})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        url.find(url=None, url_file=tmp_path / "none", environ={})
