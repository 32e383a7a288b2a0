"""The role that `windsock serve` reads with: the columns that it needs of each Airflow, and its SQL."""

from __future__ import annotations

from windsock.airflow_versions import VERSIONS
from windsock.artifact import HEADER, Artifact
from windsock.collect.default import wanted
from windsock.metadb import extras, schema
from windsock.metadb.flavour import Flavour
from windsock.metadb.statements import Statements

_PATH = "deploy/postgres/windsock-role.sql"


def columns(
    line: str, dialect: str = "postgresql", extra: frozenset[str] = frozenset()
) -> dict[str, tuple[str, ...]]:
    """Table to the columns that are read, for a line of Airflow such as `2.10`; no secret is among them.

    `extra` are the tables of providers that are there; see `windsock.metadb.extras`.
    """
    needed = wanted()
    makers = (schema.revision, *needed.vital, *needed.others)
    found: dict[str, dict[str, None]] = {}
    for statement in Statements(Flavour(line=line, dialect=dialect, extras=extra), makers).all():
        for table, names in statement.reads.items():
            found.setdefault(table, {}).update(dict.fromkeys(names))
    return {table: tuple(sorted(names)) for table, names in sorted(found.items())}


def script(line: str, *, dialect: str = "postgresql", role: str = "windsock", schema: str = "") -> str:
    """The script for a kind of database; it may run again at any time.

    Args:
        line: the line of Airflow.
        dialect: `postgresql`, `mariadb` or `mysql`.
        role: the role's or user's name, letters, digits and underscores.
        schema: the schema that Airflow's tables are in, on MariaDB and MySQL the database; without one it is
            `public`, or the database in which the script runs.
    """
    if dialect == "postgresql":
        return _postgresql(line, role, schema or "public")
    return _mysql(line, dialect, role, f"`{schema}`." if schema else "")


def _mysql(line: str, dialect: str, role: str, prefix: str) -> str:
    grants = "".join(
        f"GRANT SELECT (`{'`, `'.join(names)}`)\n  ON {prefix}`{table}` TO '{role}'@'%';\n"
        for table, names in columns(line, "mysql").items()
    )
    grants += "".join(
        f"-- Where the provider is installed: GRANT SELECT (`{'`, `'.join(names)}`)"
        f" ON {prefix}`{table}` TO '{role}'@'%';\n"
        for table, names in columns(line, "mysql", frozenset(extras.TABLES)).items()
        if table in extras.TABLES
    )
    limit = " MAX_STATEMENT_TIME 5" if dialect == "mariadb" else ""
    return _MYSQL.format(line=line, dialect=dialect, role=role, limit=limit, grants=grants)


def _postgresql(line: str, role: str, schema: str) -> str:
    grants = "".join(
        f"GRANT SELECT ({', '.join(names)})\n  ON {schema}.{table} TO {role};\n"
        for table, names in columns(line).items()
    )
    of_providers = "".join(
        _IF_THERE.format(names=", ".join(names), table=f"{schema}.{table}", role=role)
        for table, names in columns(line, extra=frozenset(extras.TABLES)).items()
        if table in extras.TABLES
    )
    return _SCRIPT.format(line=line, role=role, schema=schema, grants=grants + of_providers)


# Tables of providers that may not be installed.
_IF_THERE = """\
SELECT 'GRANT SELECT ({names}) ON {table} TO {role}'
  WHERE to_regclass('{table}') IS NOT NULL \\gexec
"""
_SCRIPT = """\
-- The role that windsock reads the database of Airflow {line} with: a few columns, no secrets, no writing.
-- In Airflow's database, as the owner of its tables: psql -v password=… -f FILE
-- Again after an upgrade of Airflow, with the script for the new version: new tables need new grants.
-- Made by: windsock db grants --airflow {line}
\\set ON_ERROR_STOP on
SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
ALTER ROLE {role} LOGIN PASSWORD :'password' CONNECTION LIMIT 5;
ALTER ROLE {role} SET default_transaction_read_only = on;
ALTER ROLE {role} SET statement_timeout = '5s';
ALTER ROLE {role} SET lock_timeout = '500ms';
ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10s';
GRANT USAGE ON SCHEMA {schema} TO {role};
{grants}"""
# The password comes in a variable, which only PREPARE takes; without it nothing is made.
_MYSQL = """\
-- The user that windsock reads the database of Airflow {line} with: a few columns, no secrets, no writing.
-- In Airflow's database, by one who may create users and grant; SET @password = '…' goes before it.
-- Again after an upgrade of Airflow, with the script for the new version: new tables need new grants.
-- Made by: windsock db grants --dialect {dialect} --airflow {line}
SET @user = CONCAT('''{role}''@''%'' IDENTIFIED BY ', QUOTE(@password),
  ' WITH MAX_USER_CONNECTIONS 5{limit}');
SET @create = CONCAT('CREATE USER IF NOT EXISTS ', @user);
PREPARE create_user FROM @create;
EXECUTE create_user;
SET @alter = CONCAT('ALTER USER ', @user);
PREPARE alter_user FROM @alter;
EXECUTE alter_user;
{grants}"""


def _for_compose() -> str:
    return HEADER.replace("#", "--", 1) + script(VERSIONS[-1])


ARTIFACTS = (Artifact(_PATH, _for_compose),)
