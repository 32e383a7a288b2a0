"""Which Airflow schema a database has: by `alembic_version`, never by which tables exist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from windsock.errors import BadInput
from windsock.metadb.database import Database
from windsock.metadb.rows import Revision
from windsock.metadb.statement import Statement
from windsock.metadb.trouble import ReadError, Trouble

REVISION = Statement(name="revision", sql="SELECT version_num FROM alembic_version", row=Revision)


class Family(str, Enum):
    """The schemas that Windsock has statements for; the value is the Airflow version it was made on."""

    AIRFLOW_2 = "2.11"
    AIRFLOW_3 = "3.3"

    @property
    def major(self) -> int:
        """2 or 3."""
        return int(self.value.partition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What was found.

    Attributes:
        known: False for a revision that is newer than this Windsock; then `family` is the newest.
    """

    revision: str
    family: Family
    version_min: str
    version_max: str
    known: bool = True


_UNKNOWN = "unknown"
_SUPPORTED = {
    "5f2621c13b39": (Family.AIRFLOW_2, "2.10.3", "2.11"),
    "d2f4e1b3c5a7": (Family.AIRFLOW_3, "3.3", "3.3"),
}
_OTHERS = {
    "405de8318b3a": "2.7",
    "10b52ebd31f7": "2.8.0",
    "88344c1d9134": "2.8",
    "1949afb29106": "2.9",
    "686269002441": "2.9",
    "22ed7efa9da2": "2.10.0 to 2.10.2",
    "29ce7909c52b": "3.0",
    "fe199e1abd77": "3.0",
    "cc92b33c6709": "3.1",
    "509b94a1042d": "3.1",
    "1d6611b6ab7c": "3.2",
}


def detect(database: Database) -> Schema:
    """The schema of the database.

    Raises:
        BadInput: it is not Airflow's, or of a version that Windsock knows and does not support.
        ReadError: it did not answer.
    """
    try:
        rows = database.read(REVISION)
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
    return from_revision(rows[0].version_num, str(database.address))


def from_revision(revision: str, address: str = "database") -> Schema:
    """The schema that a revision stands for.

    Raises:
        BadInput: a version that Windsock knows and does not support.
    """
    if revision in _SUPPORTED:
        family, low, high = _SUPPORTED[revision]
        return Schema(revision=revision, family=family, version_min=low, version_max=high)
    if revision in _OTHERS:
        supported = ", ".join(family.value for family in Family)
        raise BadInput(
            f"{address}: Airflow {_OTHERS[revision]} (schema revision {revision}) is not supported, "
            f"Windsock supports {supported}"
        )
    return Schema(
        revision=revision,
        family=Family.AIRFLOW_3,
        version_min=_UNKNOWN,
        version_max=_UNKNOWN,
        known=False,
    )
