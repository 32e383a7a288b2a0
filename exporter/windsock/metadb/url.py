"""Where the metadata database is: Airflow's SQLAlchemy URL, from a flag, a file or Airflow's own setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from windsock.errors import BadInput
from windsock.metadb.mysql_url import options

AIRFLOW_VARIABLE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL for SQLAlchemy with a driver that Windsock has.

    Attributes:
        origin: the flag, variable or file that it came from, for messages.
    """

    url: URL
    origin: str

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def find(
    *, url: str | None, url_file: Path | None, environ: Mapping[str, str], flag: str = "--database-url"
) -> Address:
    """The address of the database: the given URL, else the file, else Airflow's own setting.

    Raises:
        BadInput: none of them is there, the file cannot be read, or it is no URL of a supported database.
    """
    if url:
        return parse(url, origin=flag)
    if url_file is not None:
        try:
            content = url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadInput(f"{url_file}: cannot be read: {reason}") from error
        return parse(content, origin=str(url_file))
    if setting := environ.get(AIRFLOW_VARIABLE):
        return parse(setting, origin=AIRFLOW_VARIABLE)
    raise BadInput(
        "no database: set WINDSOCK_DATABASE_URL_FILE (a file that holds Airflow's sql_alchemy_conn), "
        f"WINDSOCK_DATABASE_URL, --database-url, or {AIRFLOW_VARIABLE}"
    )


def parse(text: str, *, origin: str) -> Address:
    """A URL as Airflow has it, with the driver replaced by one of ours.

    Raises:
        BadInput: no URL, or a database that is not supported; the text itself is never repeated.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError) as error:
        raise BadInput(
            f"{origin}: not a database URL; expected e.g. postgresql://windsock@db.example/airflow"
        ) from error
    backend = url.drivername.partition("+")[0]
    if backend in {"postgresql", "postgres"}:
        return Address(url=url.set(drivername="postgresql+psycopg"), origin=origin)
    if backend in {"mysql", "mariadb"}:
        found = Address(url=url.set(drivername="mysql+pymysql"), origin=origin)
        options(found.url, origin)
        return found
    if backend == "sqlite":
        return Address(url=_existing(url.set(drivername="sqlite"), origin), origin=origin)
    raise BadInput(
        f"{origin}: {backend} is not supported; Windsock reads PostgreSQL, MariaDB, MySQL and SQLite"
    )


def _existing(url: URL, origin: str) -> URL:
    if not url.database or url.database == ":memory:":
        raise BadInput(
            f"{origin}: an SQLite database needs a path, e.g. sqlite:////home/me/airflow/airflow.db"
        )
    if not Path(url.database).is_file():
        raise BadInput(f"{origin}: {url.database}: no such file")
    return url
