"""Where the metadata database is: options that mean the same in every command that reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import structlog
from click.core import ParameterSource

from windsock.errors import BadInput
from windsock.metadb import url
from windsock.metadb.database import Database
from windsock.metadb.url import Address

F = TypeVar("F", bound=Callable[..., Any])
_log = structlog.get_logger()
_FILE = click.Path(dir_okay=False, path_type=Path)


class Addresses(NamedTuple):
    """The primary, and a hot standby of it if there is one."""

    primary: Address
    replica: Address | None

    def open(self) -> tuple[Database, Database | None]:
        """Both of them; nothing is connected yet."""
        return Database(self.primary), None if self.replica is None else Database(self.replica)


def database(command: F) -> F:
    """Add --database-url, --replica-url and their files; the command gets `addresses: Addresses`."""

    @wraps(command)
    def found(
        *arguments: Any,
        database_url: str | None,
        database_url_file: Path | None,
        replica_url: str | None,
        replica_url_file: Path | None,
        **more: Any,
    ) -> Any:
        primary = url.find(url=database_url, url_file=database_url_file, environ=os.environ)
        replica = None
        if replica_url or replica_url_file is not None:
            replica = url.find(url=replica_url, url_file=replica_url_file, environ={}, flag="--replica-url")
            for address in (primary, replica):
                if address.url.get_backend_name() != "postgresql":
                    raise BadInput(f"{address.origin}: a replica is read on PostgreSQL only")
        _warn(database_url=primary, replica_url=replica)
        return command(*arguments, addresses=Addresses(primary, replica), **more)

    result: Any = found
    for option in (
        click.option(
            "--replica-url-file",
            envvar="WINDSOCK_REPLICA_URL_FILE",
            type=_FILE,
            help="A file that holds the replica's URL.",
        ),
        click.option(
            "--replica-url",
            envvar="WINDSOCK_REPLICA_URL",
            help="A hot standby of the database (PostgreSQL): the slow tier reads there.",
        ),
        click.option(
            "--database-url-file",
            envvar="WINDSOCK_DATABASE_URL_FILE",
            type=_FILE,
            help="A file that holds the URL, e.g. a mounted secret.",
        ),
        click.option(
            "--database-url",
            envvar="WINDSOCK_DATABASE_URL",
            help="Airflow's sql_alchemy_conn, unchanged (PostgreSQL, MariaDB, MySQL, SQLite).",
        ),
    ):
        result = option(result)
    typed: F = result
    return typed


def _warn(**addresses: Address | None) -> None:
    context = click.get_current_context()
    for name, address in addresses.items():
        typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if typed and address is not None and address.url.password is not None:
            _log.warning(
                "a password on the command line is visible to every user of this machine; "
                f"put the URL into a file and name it in WINDSOCK_{name.upper()}_FILE"
            )
