"""Assets, on 2.x datasets: when each was updated last, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect import id_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.dags.choices import chosen
from windsock.collect.id_feed import IdFeed, NewestId
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

_SHOWN = 200


class Asset(NamedTuple):
    """An asset; its name and URI are the same on 2.x, where it is called dataset."""

    id: int
    name: str
    uri: str


class ActiveAsset(NamedTuple):
    """What a DAG still refers to."""

    name: str
    uri: str


class LastEvent(NamedTuple):
    """The last event of an asset."""

    asset: int
    last: datetime | None


class AssetEvent(NamedTuple):
    """An event by its serial id."""

    id: int
    asset: int


def assets(of: Flavour) -> Statement[Asset]:
    """The whole table: some thousand rows at most."""
    if of.three:
        return make(
            "assets",
            Asset,
            "SELECT id, name, uri FROM asset",
            reads={"asset": ("id", "name", "uri")},
        )
    return make(
        "assets",
        Asset,
        "SELECT id, uri AS name, uri FROM dataset WHERE is_orphaned = false",
        reads={"dataset": ("id", "uri", "is_orphaned")},
    )


def active_assets(of: Flavour) -> Statement[ActiveAsset] | None:
    """The whole table; on 2.x a dataset knows itself that it is orphaned."""
    if not of.three:
        return None
    return make(
        "active_assets",
        ActiveAsset,
        "SELECT name, uri FROM asset_active",
        reads={"asset_active": ("name", "uri")},
    )


def last_events(of: Flavour) -> Statement[LastEvent]:
    """One look into the index per asset [idx_asset_id_timestamp, on 2.x idx_dataset_id_timestamp]."""
    asset = "asset" if of.three else "dataset"
    return make(
        "last_events",
        LastEvent,
        f'SELECT a.id AS asset, (SELECT max(e."timestamp") FROM {asset}_event e WHERE e.{asset}_id = a.id)'
        f" AS last FROM {asset} a WHERE a.id IN :assets",
        reads={asset: ("id",), f"{asset}_event": (f"{asset}_id", "timestamp")},
        assets=[-1],
    )


def newest_asset_event(of: Flavour) -> Statement[NewestId]:
    """By primary key."""
    return id_feed.newest("newest_asset_event", "asset_event" if of.three else "dataset_event")


def asset_events(of: Flavour) -> Statement[AssetEvent]:
    """By primary key."""
    asset = "asset" if of.three else "dataset"
    return make(
        "asset_events",
        AssetEvent,
        f"SELECT id, {asset}_id AS asset FROM {asset}_event WHERE id > :after AND id <= :until",
        reads={f"{asset}_event": ("id", f"{asset}_id")},
        **id_feed.EXAMPLE,
    )


class Assets(NamedTuple):
    """The last event by name, and events as counted."""

    last: Mapping[str, datetime]
    counted: Counted


class AssetsCollector(Collector[Assets]):
    """Reads `asset`, `asset_active` and newest ids of `asset_event`; of 2.x `dataset`, `dataset_event`."""

    name = "assets"
    tier = Tier.SLOW
    reads = (assets, active_assets, last_events, newest_asset_event, asset_events)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._globs = context.choices.assets
        self._book = context.counters.book(self.name, (waiting.ASSET_EVENTS,))
        self._feed: IdFeed[AssetEvent] = IdFeed(newest_asset_event, asset_events)

    def read(self, reader: Reader) -> Assets:
        """The last event of what is shown by name, and each new event once."""
        shown = self._shown(reader)
        last = {
            shown[row.asset]: row.last
            for batch in batches(sorted(shown))
            for row in reader.rows(last_events, assets=batch)
            if row.last is not None
        }
        news = self._feed.read(reader, self._book.memo)
        entry = Entry()
        for row in news.rows:
            entry.count(waiting.ASSET_EVENTS, asset=shown.get(row.asset, ""))
        return Assets(last=last, counted=self._book.commit(entry, news.memo, lazy=True))

    def _shown(self, reader: Reader) -> Mapping[int, str]:
        """Names by id: active, chosen, the first ones in order of the name."""
        active = {tuple(row) for row in reader.rows(active_assets)}
        by_name = {
            row.name: row.id
            for row in reader.rows(assets)
            if not reader.has(active_assets) or (row.name, row.uri) in active
        }
        return {by_name[name]: name for name in chosen(by_name, self._globs)[:_SHOWN]}

    def add(self, figures: Figures, value: Assets, scene: Scene) -> None:
        """One timestamp per asset that has an event, and events."""
        for name, last in value.last.items():
            figures.add(waiting.ASSET_LAST_EVENT, last.timestamp(), asset=name)
        value.counted.add_to(figures)
