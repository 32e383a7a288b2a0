"""`windsock serve` at work: what was gathered is judged, drawn and published, again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import structlog

from windsock import statefile
from windsock.cardinality import Cardinality, Preset
from windsock.collect import health
from windsock.collect.collector import Collector, Context, Tier
from windsock.collect.conditions import conditions
from windsock.collect.dags import known
from windsock.collect.dags.choices import Choices
from windsock.collect.dags.dags import DagsCollector, TagsCollector
from windsock.collect.dags.known import KnownDag
from windsock.collect.default import COLLECTORS
from windsock.collect.picture import FACTS_FROM, draw
from windsock.collect.runs.watched import Selection
from windsock.counters import Counters
from windsock.dag_settings import DagSettings
from windsock.figures import Figures
from windsock.gathering import Gathering, Settings
from windsock.metadb.source import Source
from windsock.owners import Owners
from windsock.probe import Probe
from windsock.sla import Slas
from windsock.sla.acknowledgements import Acknowledgements
from windsock.sla.keeper import Keeper
from windsock.sla.recorder import Recorder
from windsock.sla.rules import Looks
from windsock.snapshot import Snapshot, not_yet
from windsock.state import State
from windsock.view import View
from windsock.web import Request, Response, text

_log = structlog.get_logger()
# A cycle may be this much late before the database counts as silent.
_PATIENCE = 10.0
# A read that is under way has ended, or was given up, after so many seconds.
_LAST_READ = 8.0


class Service:
    """Everything that runs behind the pages."""

    def __init__(
        self,
        source: Source,
        *,
        settings: Settings,
        owners: Owners,
        state: State,
        counters: Counters | None = None,
        recorder: Recorder | None = None,
        acknowledged: Acknowledgements | None = None,
        slas: Slas | None = None,
        sla_file: Path | None = None,
        probe: Probe | None = None,
        cardinality: Cardinality | None = None,
        choices: Choices | None = None,
        dag_settings: DagSettings | None = None,
        kinds: Sequence[type[Collector[Any]]] = COLLECTORS,
    ) -> None:
        self._source = source
        self._dag_settings = dag_settings
        self._settings = settings
        self._owners = owners
        counters = counters or Counters(None)
        recorder = recorder or Recorder(None)
        self._files = (state.file, counters.file, recorder)
        self._slas = Keeper(slas, sla_file, state, recorder=recorder, acknowledged=acknowledged)
        self._probe = probe
        self._cardinality = cardinality or Cardinality()
        self._stop = Event()
        self._news = Event()
        self._snapshot: Snapshot | None = None
        self._view = View(at=datetime.now(timezone.utc))
        self._read_at: datetime | None = None
        self._listeners: list[Callable[[View], None]] = []
        self._fresh = False
        selection = Selection(self._slas.register, self._looks)
        context = Context(
            state=state,
            watched=selection,
            counted=selection.counted,
            suspects=self._slas.suspects,
            scopes=selection.scopes,
            counters=counters,
            choices=choices or Choices(),
            full=self._cardinality.preset is Preset.FULL,
        )
        self._collectors = tuple(kind(context) for kind in kinds)
        self._gathering = Gathering(source, settings, self._collectors, stop=self._stop, news=self._news)
        self._stock = self._gathering.stock
        self._threads = [
            *self._gathering.threads(),
            Thread(target=self._publish, name="publish", daemon=True),
        ]
        if probe is not None:
            self._threads.append(
                Thread(target=probe.run, args=(self._stop, settings.fast_interval), name="probe", daemon=True)
            )

    @property
    def view(self) -> View:
        """The last picture, for pages."""
        return self._view

    def tell(self, listener: Callable[[View], None]) -> None:
        """Call it with each new picture, before that is `view`; it must not raise."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to collect."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop collecting; waits a moment for reads under way."""
        self._stop.set()
        self._news.set()
        until = monotonic() + _LAST_READ
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=max(0.0, until - monotonic()))
        self._slas.close()
        self._source.close()

    def reload(self) -> None:
        """Read the files again, changed or not, before the next snapshot, which is due now."""
        self._slas.reload()
        if self._dag_settings is not None:
            self._dag_settings.reload()
        self._news.set()

    def metrics(self, request: Request) -> Response:
        """/metrics: the last snapshot."""
        snapshot = self._snapshot
        return not_yet() if snapshot is None else snapshot.response(request)

    def ready(self, _request: Request) -> Response:
        """/-/ready: there are figures to scrape."""
        return not_yet() if self._snapshot is None else text("ready\n")

    def publish(self) -> None:
        """Put one snapshot and one view together and swap them in."""
        figures = Figures(self._cardinality)
        view = self._draw(figures)
        self._snapshot = Snapshot.of(figures)
        for listener in self._listeners:
            listener(view)
        self._view = view
        # Last: nobody waits for the disk.
        self._slas.write(conditions(view, fresh=self._fresh))

    def look(self) -> View:
        """Read everything once, without threads; tags first, because they say of which DAGs runs are read."""
        self._gathering.once((Tier.SLOW, Tier.FAST))
        return self._draw(Figures(self._cardinality))

    def rehearse(self) -> dict[Preset, Figures]:
        """Read everything once, without threads; what each preset would show of it."""
        self._gathering.once(Tier)
        drawn = {preset: Figures(replace(self._cardinality, preset=preset)) for preset in Preset}
        for figures in drawn.values():
            self._draw(figures)
        return drawn

    def _draw(self, figures: Figures) -> View:
        at = datetime.now(timezone.utc)
        clock = self._stock.clock()
        limit = self._settings.fast_interval + _PATIENCE
        up = clock.answered and clock.at is not None and monotonic() - clock.at < limit
        if self._probe is not None:
            self._probe.add(figures)
        schema = self._source.schema
        picture = draw(
            figures,
            self._stock.values(self._settings.max_age),
            self._collectors,
            owners=self._owners,
            now=at + clock.skew,
            grace=timedelta(seconds=self._settings.overdue_grace),
        )
        if self._dag_settings is not None:
            self._dag_settings.add(figures, picture.dags, self._tiers, tags_known=picture.tags_known)
        if picture.facts is not None:
            self._read_at = picture.facts.now - clock.skew
        # Facts that a failed cycle left behind prove nothing: a run may have succeeded since.
        self._fresh = picture.facts is not None and all(self._gathering.is_fresh(name) for name in FACTS_FROM)
        judged = self._slas.judge(picture.facts if self._fresh else None, at, figures)
        figures.extend(statefile.samples(self._files))
        healths = self._gathering.healths()
        health.add(figures, self._source, clock, self._stock.standby(), healths, up=up, at=at)
        health.add_dropped(figures)
        return View(
            at=at,
            database_up=up,
            facts=picture.facts,
            read_at=self._read_at,
            stale_after=3 * self._settings.fast_interval + _PATIENCE,
            statuses=judged.statuses,
            wrong_tags=judged.wrong_tags,
            sla_file_problem=judged.file_problem,
            runs=picture.runs,
            older=picture.older,
            collectors=health.shown(healths),
            broken_files=picture.broken_files,
            components=picture.components,
            airflow_version=schema.version_max,
            major=schema.major,
        )

    def _tiers(self, dag: KnownDag) -> frozenset[str]:
        """Of a DAG's SLAs."""
        register = self._slas.register
        found = register.of(register.looks(dag.row.dag_id, dag.tags, dag.team))
        return frozenset(each.entry.tier for each in found.promises if each.entry.tier is not None)

    def _looks(self) -> tuple[Looks, ...]:
        """Every DAG that is not stale, as SLAs select them."""
        values, owners = self._stock.values(self._settings.max_age), self._owners
        tags = values.get(TagsCollector.name, {})
        return tuple(known.looks(values.get(DagsCollector.name, ()), tags, owners, self._slas.register))

    def _publish(self) -> None:
        self._gathering.begun()
        while not self._stop.is_set():
            try:
                self.publish()
            except Exception as error:  # noqa: BLE001 (the last snapshot stays; its age is a metric and an alert)
                _log.error("cannot put a snapshot together", error=repr(error))
            self._news.wait(self._settings.fast_interval)
            self._news.clear()
