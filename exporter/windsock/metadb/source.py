"""A database together with its schema and the statements for it; the schema may change while we run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from windsock.errors import BadInput
from windsock.metadb import guard, schema, server
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.guard import Refusal
from windsock.metadb.replica import Replica
from windsock.metadb.schema import Schema
from windsock.metadb.statements import Maker, Statements
from windsock.metadb.trouble import ReadError

_log = structlog.get_logger()
_OWN: tuple[Maker[Any], ...] = (server.clock, server.server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What will be read.

    Attributes:
        vital: without these statements a database is not worth watching.
        others: the rest; what of these is refused is left out.
    """

    vital: tuple[Maker[Any], ...]
    others: tuple[Maker[Any], ...] = ()


class Source:
    """The database, its schema and its statements.

    Args:
        database: the primary.
        replica: a hot standby of it for the slow tier; it need not answer yet.

    Raises:
        BadInput: it cannot be reached, is not Airflow's, or the role may not read what it must.
    """

    def __init__(self, database: Database, wanted: Wanted, replica: Database | None = None) -> None:
        self.database = database
        self.replica = None if replica is None else Replica(replica, database)
        self._wanted = wanted
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()
        if self.replica is not None:
            self.replica.database.close()

    def _open(self) -> None:
        try:
            self.schema = schema.detect(self.database)
            self.statements = self._build(self.schema)
            (found,) = self.database.read(server.server(self.statements.flavour))
            self.server_version = found.version
            self.refused = self._inspect(self.statements)
        except ReadError as error:
            raise BadInput(f"{self.database.address}: {error}") from error
        self._refuse_to_start()
        self._warn()

    def refresh(self) -> bool:
        """Look at the revision and the plans again; True if the schema is another one now.

        Raises:
            ReadError: the database did not answer.
            BadInput: it is not Airflow's any more.
        """
        found = schema.detect(self.database)
        statements = self._build(found)
        refused = self._inspect(statements)
        changed = found != self.schema
        self.schema, self.statements, self.refused = found, statements, refused
        if changed:
            _log.info("schema changed", revision=found.revision, airflow=found.version_max)
            self._warn()
        return changed

    def _build(self, found: Schema) -> Statements:
        flavour = Flavour(line=found.line, dialect=self.database.dialect)
        return Statements(flavour, (*_OWN, *self._wanted.vital, *self._wanted.others))

    def _inspect(self, statements: Statements) -> dict[str, Refusal]:
        return guard.inspect(self.database, statements.all(), guard.big_tables(self.database))

    def _warn(self) -> None:
        if not self.schema.known:
            _log.warning(
                "unknown schema revision, newer than this Windsock: using the newest statements that it has",
                revision=self.schema.revision,
                schema=self.schema.line,
            )

    def _refuse_to_start(self) -> None:
        address, revision = self.database.address, self.schema.revision
        if missing := self._vital("privilege"):
            raise BadInput(
                f"{address}: the role may not read everything: {missing}; the grants are in docs/metadb.md"
            )
        if missing := self._vital("schema"):
            what = (
                f"schema revision {revision}, yet parts of it are missing"
                if self.schema.known
                else f"revision {revision} is not Airflow's, or too new for this Windsock"
            )
            raise BadInput(f"{address}: {what}: {missing}")

    def _vital(self, reason: str) -> str:
        """Why vital statements were refused."""
        found = (
            refusal.message
            for statement in self.statements.of(self._wanted.vital)
            if (refusal := self.refused.get(statement.name)) is not None and refusal.reason == reason
        )
        return "; ".join(dict.fromkeys(found))
