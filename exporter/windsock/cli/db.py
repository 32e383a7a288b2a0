"""`windsock db`: what `windsock serve` needs of Airflow's metadata database."""

from __future__ import annotations

import re

import click

from windsock.airflow_versions import VERSIONS, line_of
from windsock.cli import dba
from windsock.cli.airflow_options import airflow_version
from windsock.cli.options import common
from windsock.collect.grants import script
from windsock.errors import BadInput


@click.group()
def db() -> None:
    """For whoever looks after Airflow's metadata database."""


db.add_command(dba.explain)
db.add_command(dba.check_database)


@db.command()
@airflow_version
@click.option(
    "--dialect",
    type=click.Choice(["postgresql", "mariadb", "mysql"]),
    default="postgresql",
    show_default=True,
    envvar="WINDSOCK_DIALECT",
    help="The kind of database.",
)
@click.option(
    "--role", default="windsock", show_default=True, envvar="WINDSOCK_ROLE", help="Name of the role or user."
)
@click.option(
    "--schema",
    default="",
    envvar="WINDSOCK_SCHEMA",
    help="The schema that Airflow's tables are in, on MariaDB and MySQL their database; without it `public`, "
    "or the database in which the script runs.",
)
@common
def grants(airflow: str, dialect: str, role: str, schema: str) -> None:
    """Print the SQL that makes a read-only role or user for `windsock serve`.

    The role may read the columns that are listed and nothing else: no connection, variable, XCom, run
    configuration or stack trace. The script may run again at any time.

    \b
    Example:
      windsock db grants --airflow 3.3 > role.sql
      psql -v password="$PASSWORD" -f role.sql airflow
      windsock db grants --airflow 3.3 --dialect mariadb > user.sql
      (echo "SET @password = '$PASSWORD';"; cat user.sql) | mariadb airflow
    """  # noqa: D301 (click reads the backspace)
    line = line_of(airflow)
    if line is None:
        raise BadInput(f"--airflow: Airflow {airflow!r} is not known (choices: {', '.join(VERSIONS)})")
    for flag, name in (("--role", role), ("--schema", schema)):
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) and (name or flag == "--role"):
            raise BadInput(f"{flag}: {name!r}: lower case letters, digits and underscores only")
    click.echo(script(line, dialect=dialect, role=role, schema=schema), nl=False)
