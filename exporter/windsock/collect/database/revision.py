"""The revision of the schema, and since when it is this one."""

from __future__ import annotations

from datetime import datetime

from windsock.catalog import changes
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dags.first_seen import FirstSeen
from windsock.figures import Figures
from windsock.metadb.schema import revision


class RevisionCollector(Collector[datetime]):
    """Reads `alembic_version`; when it changed is nowhere in the database, so the first sighting is kept."""

    name = "revision"
    tier = Tier.SLOW
    reads = (revision,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._revision = FirstSeen(context.state, "revision")

    def read(self, reader: Reader) -> datetime:
        """Since when."""
        (row,) = reader.rows(revision)
        return self._revision.see({"airflow": row.version_num}, reader.now)["airflow"]

    def add(self, figures: Figures, value: datetime, scene: Scene) -> None:
        """The time."""
        figures.add(changes.REVISION_SINCE, value.timestamp())
