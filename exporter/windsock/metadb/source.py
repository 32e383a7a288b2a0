"""A database together with its schema and the statements for it; the schema may change while we run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import structlog

from windsock.airflow_versions import VERSIONS
from windsock.errors import BadInput
from windsock.metadb import extras, fit, guard, indexes, schema, server
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.guard import Refusal
from windsock.metadb.replica import Replica
from windsock.metadb.schema import Schema
from windsock.metadb.statements import Maker, Statements
from windsock.metadb.trouble import ReadError

_log = structlog.get_logger()
_TESTED = {"postgresql": VERSIONS, "mariadb": ("2.11", "3.3"), "sqlite": ("2.11", "3.3")}
_OWN: tuple[Maker[Any], ...] = (server.clock, server.server)
# Plans of a schema that stays as it is are looked at every so many times: they are a hundred.
_LOOK_EVERY = 10


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
        lenient: it is enough that the database answers and is Airflow's.

    Raises:
        BadInput: it cannot be reached, is not Airflow's, or the role may not read what it must.
    """

    def __init__(
        self, database: Database, wanted: Wanted, replica: Database | None = None, *, lenient: bool = False
    ) -> None:
        self.database = database
        self.replica = None if replica is None else Replica(replica, database)
        self._wanted = wanted
        self._lenient = lenient
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def product(self) -> str:
        """`postgresql`, `mariadb`, `mysql` or `sqlite`."""
        return "mariadb" if self.database.mariadb else self.database.dialect

    @property
    def tested(self) -> bool:
        """Whether this schema on this kind of database is among those that our tests read."""
        return self.schema.known and self.schema.line in _TESTED.get(self.product, ())

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()
        if self.replica is not None:
            self.replica.database.close()

    def _open(self) -> None:
        try:
            self.schema = self._detect()
            self.statements = self._build(self.schema.line)
            (found,) = self.database.read(server.server(self.statements.flavour))
            self.server_version = found.version
            self.refused = self._inspect(self.statements)
            self._looked = 0
        except ReadError as error:
            raise BadInput(f"{self.database.address}: {error}") from error
        self._refuse_to_start()
        self._warn()

    def refresh(self, *, in_doubt: bool = False) -> bool:
        """Look at the revision again, and at the plans if it is time; True if the schema is another one now.

        It always is while a statement is refused, and when the caller is `in_doubt` whether all can run.

        Raises:
            ReadError: the database did not answer.
            BadInput: it is not Airflow's any more.
        """
        found = self._detect()
        statements = self._build(found.line)
        changed = found != self.schema
        same = not changed and statements.flavour == self.statements.flavour
        self._looked = (self._looked + 1) % _LOOK_EVERY if same and not (self.refused or in_doubt) else 0
        refused = self.refused if self._looked else self._inspect(statements)
        self.schema, self.statements, self.refused = found, statements, refused
        if changed:
            _log.info("schema changed", revision=found.revision, airflow=found.version_max)
            self._warn()
        return changed

    def _detect(self) -> Schema:
        """One that is unknown is newer than this Windsock, or was left in the middle of a migration."""
        found = schema.detect(self.database)
        self._indexes = indexes.read(self.database) if self.database.dialect == "mysql" else ()
        self._extras = extras.detect(self.database)
        if found.known:
            return found
        candidates = {}
        for line in VERSIONS:
            statements = self._build(line)
            candidates[line] = fit.Candidate(statements.of(self._wanted.vital), statements.all())
        return replace(found, line=fit.nearest(self.database, candidates))

    def _build(self, line: str) -> Statements:
        flavour = Flavour(
            line=line, dialect=self.database.dialect, indexes=self._indexes, extras=self._extras
        )
        return Statements(flavour, (*_OWN, *self._wanted.vital, *self._wanted.others))

    def _inspect(self, statements: Statements) -> dict[str, Refusal]:
        return guard.inspect(self.database, statements.all(), guard.big_tables(self.database))

    def _warn(self) -> None:
        if not self.schema.known:
            _log.warning(
                "unknown schema revision, newer than this Windsock or half migrated: using the statements of"
                " the Airflow whose columns it has",
                revision=self.schema.revision,
                schema=self.schema.line,
            )
        if missing := self._vital("schema"):
            _log.warning(
                "parts of the schema are missing", revision=self.schema.revision, what="; ".join(missing)
            )

    def _refuse_to_start(self) -> None:
        address, revision = self.database.address, self.schema.revision
        if (missing := self._vital("privilege")) and not self._lenient:
            raise BadInput(
                f"{address}: the role may not read everything: {'; '.join(missing)};"
                " the grants are in docs/metadb.md"
            )
        vital = {each.name for each in self.statements.of(self._wanted.vital)}
        if all(name in self.refused for name in vital):
            raise BadInput(
                f"{address}: revision {revision} is not Airflow's, or too new for this Windsock:"
                f" {'; '.join(self._vital('schema'))}"
            )

    def _vital(self, reason: str) -> tuple[str, ...]:
        """Why vital statements were refused."""
        found = (
            refusal.message
            for statement in self.statements.of(self._wanted.vital)
            if (refusal := self.refused.get(statement.name)) is not None and refusal.reason == reason
        )
        return tuple(dict.fromkeys(found))
