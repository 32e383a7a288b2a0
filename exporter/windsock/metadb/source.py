"""A database together with its schema and the statements for it; the schema may change while we run."""

from __future__ import annotations

import structlog

from windsock.errors import BadInput
from windsock.metadb import guard, schema
from windsock.metadb.database import Database
from windsock.metadb.guard import Refusal
from windsock.metadb.statements import Statements, build
from windsock.metadb.trouble import ReadError

_log = structlog.get_logger()
# Without these a database is not worth watching, whatever its revision says.
_NEEDED = frozenset({"dags", "active_runs", "active_tasks", "heartbeats"})


class Source:
    """The database, its schema and its statements.

    Raises:
        BadInput: it cannot be reached, is not Airflow's, or the role may not read what it must.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        try:
            self._open()
        except BaseException:
            database.close()
            raise

    def _open(self) -> None:
        database = self.database
        try:
            self.schema = schema.detect(database)
            self.statements = build(self.schema.line, database.dialect)
            self.server_version = database.read(self.statements.server)[0].version
            self.refused = self._inspect(self.statements)
        except ReadError as error:
            raise BadInput(f"{database.address}: {error}") from error
        self._refuse_to_start()
        self._warn()

    def refresh(self) -> bool:
        """Look at the revision and the plans again; True if the schema is another one now.

        Raises:
            ReadError: the database did not answer.
            BadInput: it is not Airflow's any more.
        """
        found = schema.detect(self.database)
        statements = build(found.line, self.database.dialect)
        refused = self._inspect(statements)
        changed = found != self.schema
        self.schema, self.statements, self.refused = found, statements, refused
        if changed:
            _log.info("schema changed", revision=found.revision, airflow=found.version_max)
            self._warn()
        return changed

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
        if missing := self._messages("privilege", core=True):
            raise BadInput(
                f"{address}: the role may not read everything: {missing}; the grants are in docs/metadb.md"
            )
        missing = self._messages("schema", core=self.schema.known)
        if missing and self.schema.known:
            raise BadInput(f"{address}: schema revision {revision}, yet parts of it are missing: {missing}")
        if any(name in _NEEDED and refusal.reason == "schema" for name, refusal in self.refused.items()):
            raise BadInput(
                f"{address}: revision {revision} is not Airflow's, or too new for this Windsock: {missing}"
            )

    def _messages(self, reason: str, *, core: bool) -> str:
        """Why statements were refused; with `core` only those that Windsock cannot do without."""
        dispensable = {each.name for each in self.statements.dispensable()} if core else set()
        found = (
            refusal.message
            for name, refusal in self.refused.items()
            if refusal.reason == reason and name not in dispensable
        )
        return "; ".join(dict.fromkeys(found))
