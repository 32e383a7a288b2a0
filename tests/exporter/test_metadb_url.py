from __future__ import annotations

from pathlib import Path

import pytest

from windsock.errors import BadInput
from windsock.metadb import url


@pytest.mark.parametrize(
    ("given", "drivername"),
    [
        pytest.param("postgresql+psycopg2://u:p@db/airflow", "postgresql+psycopg", id="Airflow's default"),
        pytest.param("postgresql://u:p@db/airflow", "postgresql+psycopg", id="no driver"),
        pytest.param("postgresql+asyncpg://u:p@db/airflow", "postgresql+psycopg", id="async"),
        pytest.param("postgres://u:p@db/airflow", "postgresql+psycopg", id="old name"),
    ],
)
def test_airflows_url_is_taken_unchanged_but_for_the_driver(given: str, drivername: str) -> None:
    found = url.parse(given, origin="test").url
    assert (found.drivername, found.password, found.database) == (drivername, "p", "airflow")


def test_parameters_of_the_url_stay() -> None:
    assert url.parse("postgresql://db/a?sslmode=require", origin="test").url.query == {"sslmode": "require"}


def test_a_password_is_not_shown() -> None:
    assert str(url.parse("postgresql://u:secret@db/a", origin="test")) == "postgresql+psycopg://u:***@db/a"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param("secret", "not a database URL", id="no URL"),
        pytest.param("", "not a database URL", id="empty"),
        pytest.param("mysql://u:secret@db/a", "mysql is not supported", id="MySQL"),
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
