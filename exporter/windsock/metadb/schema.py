"""Which Airflow schema a database has: by `alembic_version`, never by which tables exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from windsock.airflow_versions import VERSIONS
from windsock.errors import BadInput
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.metadb.trouble import ReadError, Trouble


class Revision(NamedTuple):
    """alembic_version."""

    version_num: str


def revision(_of: Flavour | None = None) -> Statement[Revision]:
    """The one row; asked before anything is known of the schema."""
    return make(
        "revision",
        Revision,
        "SELECT version_num FROM alembic_version",
        reads={"alembic_version": ("version_num",)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What was found.

    Attributes:
        line: the line of Airflow, such as `2.10`, whose statements fit.
        known: False for a revision that is newer than this Windsock; then `line` is the newest.
    """

    revision: str
    line: str
    version_min: str
    version_max: str
    known: bool = True

    @property
    def major(self) -> int:
        """2 or 3."""
        return int(self.line.partition(".")[0])


_UNKNOWN = "unknown"
# Revision, line, first and last release with it. 2.10.3 to 2.11 cannot be told apart, and need not be.
_KNOWN = (
    ("405de8318b3a", "2.7", "2.7", "2.7"),
    ("10b52ebd31f7", "2.8", "2.8.0", "2.8.0"),
    ("88344c1d9134", "2.8", "2.8.1", "2.8"),
    ("1949afb29106", "2.9", "2.9.0", "2.9.1"),
    ("686269002441", "2.9", "2.9.2", "2.9"),
    ("22ed7efa9da2", "2.10", "2.10.0", "2.10.2"),
    ("5f2621c13b39", "2.11", "2.10.3", "2.11"),
    ("29ce7909c52b", "3.0", "3.0.0", "3.0.2"),
    ("fe199e1abd77", "3.0", "3.0.3", "3.0"),
    ("cc92b33c6709", "3.1", "3.1.0", "3.1.7"),
    ("509b94a1042d", "3.1", "3.1.8", "3.1"),
    ("1d6611b6ab7c", "3.2", "3.2", "3.2"),
    ("d2f4e1b3c5a7", "3.3", "3.3", "3.3"),
)
_BY_REVISION = {
    number: Schema(revision=number, line=line, version_min=low, version_max=high)
    for number, line, low, high in _KNOWN
}


def detect(database: Database) -> Schema:
    """The schema of the database.

    Raises:
        BadInput: it is not Airflow's.
        ReadError: it did not answer.
    """
    try:
        rows = database.read(revision())
    except ReadError as error:
        if error.trouble is Trouble.SCHEMA or "file is not a database" in str(error):
            raise BadInput(f"{database.address}: not an Airflow metadata database: {error}") from error
        if error.trouble is Trouble.PRIVILEGE:
            raise BadInput(
                f"{database.address}: the role may not read alembic_version; the grants are in docs/metadb.md"
            ) from error
        raise
    if len(rows) != 1:
        raise BadInput(
            f"{database.address}: alembic_version has {len(rows)} rows, not one; run `airflow db migrate`"
        )
    return from_revision(rows[0].version_num)


def from_revision(number: str) -> Schema:
    """The schema that a revision stands for."""
    newest = Schema(
        revision=number,
        line=VERSIONS[-1],
        version_min=_UNKNOWN,
        version_max=_UNKNOWN,
        known=False,
    )
    return _BY_REVISION.get(number, newest)


def revisions(line: str) -> tuple[str, ...]:
    """The revisions of a line of Airflow, oldest first."""
    return tuple(number for number, of, *_ in _KNOWN if of == line)
