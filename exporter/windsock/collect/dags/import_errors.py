"""DAG files that Airflow cannot import, and since when this exporter has seen them so."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.owners import Owners
from windsock.state import State
from windsock.view import BrokenFile

_SECTION = "import_errors"
_SHOWN = 100
# (bundle, file) -> first seen
FirstSeen = dict[tuple[str, str], datetime]


class BrokenFileRow(NamedTuple):
    """import_error without its stack trace."""

    bundle: str
    file: str


def import_errors(of: Flavour) -> Statement[BrokenFileRow]:
    """The whole table."""
    bundle = "COALESCE(bundle_name, '')" if of.three else "''"
    return make(
        "import_errors",
        BrokenFileRow,
        f"SELECT {bundle} AS bundle, COALESCE(filename, '') AS file FROM import_error",
        reads={"import_error": ("bundle_name", "filename") if of.three else ("filename",)},
    )


class ImportErrorsCollector(Collector[FirstSeen]):
    """Reads `import_error`; its own timestamp is the last parse, so first sightings are kept in the state."""

    name = "import_errors"
    tier = Tier.FAST
    reads = (import_errors,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._state = context.state
        self._seen = _load(context.state)

    def read(self, reader: Reader) -> FirstSeen:
        """Every broken file; one that was repaired and breaks again starts anew."""
        broken = {(row.bundle, row.file) for row in reader.rows(import_errors)}
        self._seen = {key: self._seen.get(key, reader.now) for key in sorted(broken)}
        self._state.put(_SECTION, _dump(self._seen))
        return dict(self._seen)

    def add(self, figures: Figures, value: FirstSeen, scene: Scene) -> None:
        """The number of files, and the oldest of them one by one."""
        files = broken_files(value, scene.owners)
        figures.add(dags.IMPORT_ERRORS, len(files))
        for each in files[:_SHOWN]:
            figures.add(
                dags.IMPORT_ERROR_FIRST_SEEN,
                each.first_seen.timestamp(),
                bundle=each.bundle,
                file=each.file,
                team=each.team,
            )


def broken_files(read: FirstSeen, owners: Owners) -> tuple[BrokenFile, ...]:
    """Oldest first, with the team that owns the path."""
    files = (
        BrokenFile(bundle=bundle, file=file, team=owners.team_for(file=file), first_seen=first_seen)
        for (bundle, file), first_seen in read.items()
    )
    return tuple(sorted(files, key=lambda broken: (broken.first_seen, broken.bundle, broken.file)))


def _load(state: State) -> FirstSeen:
    entries = state.section(_SECTION).get("files", [])
    return dict(filter(None, (_entry(each) for each in entries)))


def _entry(entry: Any) -> tuple[tuple[str, str], datetime] | None:
    try:
        seen = datetime.fromtimestamp(float(entry["first_seen"]), timezone.utc)
        return (str(entry["bundle"]), str(entry["file"])), seen
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None  # one entry that somebody edited costs its age, nothing more


def _dump(seen: FirstSeen) -> dict[str, object]:
    return {
        "files": [
            {"bundle": bundle, "file": file, "first_seen": first_seen.timestamp()}
            for (bundle, file), first_seen in seen.items()
        ]
    }
