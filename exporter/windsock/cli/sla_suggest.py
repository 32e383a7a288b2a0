"""`windsock sla suggest`: an SLA file from what the DAGs keep already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import yaml

from windsock.cli.database_options import Addresses, database
from windsock.cli.options import common
from windsock.collect.collector import batches
from windsock.collect.dags.dag_row import Dag, dags
from windsock.collect.runs.undated import undated
from windsock.errors import BadInput
from windsock.metadb import dag_runs, server
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.source import Source, Wanted
from windsock.metadb.statement import Statement
from windsock.metadb.trouble import ReadError
from windsock.sla.suggestion import LEAST_RUNS, Run, Suggestion, suggest

_RUNS = 100
_LOOK_BACK = timedelta(days=30)
_WITHIN = 60.0


def finished_runs(of: Flavour) -> Statement[dag_runs.Run]:
    """The newest finished ones of the given DAGs."""
    return dag_runs.newest(of, "finished_runs", where=dag_runs.FINISHED, limit=_RUNS)


@click.command(name="suggest")
@click.option(
    "--timezone",
    "zone",
    default="UTC",
    show_default=True,
    help="Whose local time `finish_by` is, e.g. Europe/Berlin.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File instead of the terminal.")
@database
@common
def command(*, addresses: Addresses, zone: str, out: Path | None) -> None:
    """Print an SLA file with what the DAGs keep already, to begin with.

    Every DAG that is not paused and has at least 14 finished runs gets an entry: the `finish_by` that it
    keeps on 99 % of days, else the `max_age` that it keeps 99 % of the time, with the evidence as a comment.
    Looks at the last 100 runs of each DAG, and reads the database only.

    \b
    Example:
      windsock sla suggest --database-url-file /run/secrets/windsock --timezone Europe/Berlin > slas.yaml
      windsock sla check --sla-file slas.yaml
    """  # noqa: D301 (click reads the backspace)
    try:
        local = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(f"--timezone: no zone {zone!r}; write e.g. Europe/Berlin or UTC") from error
    primary, replica = addresses.open()
    wanted = Wanted(vital=(dags, finished_runs), others=(undated,))
    source = Source(primary, wanted)
    try:
        text = _file(source, replica or primary, local, zone)
    except ReadError as error:
        raise BadInput(f"{primary.address}: {error}") from error
    finally:
        source.close()
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _file(source: Source, database_: Database, zone: ZoneInfo, name: str) -> str:
    statements = source.statements
    clock = statements.get(server.clock)
    rows = statements.get(dags)
    if clock is None or rows is None:
        raise BadInput(f"{database_.address}: nothing to read DAGs with")
    now = database_.read(clock)[0].now
    active = sorted(
        (dag for dag in database_.read(rows, within=_WITHIN) if not dag.stale and not dag.paused),
        key=lambda dag: dag.dag_id,
    )
    runs = _runs(source, database_, active, now)
    found = {dag.dag_id: suggest(runs.get(dag.dag_id, ()), zone, now) for dag in active}
    return "".join(_lines(found, runs, name, now))


def _runs(
    source: Source, database_: Database, active: list[Dag], now: datetime
) -> Mapping[str, tuple[Run, ...]]:
    statements = source.statements
    rows: dict[str, dict[str, Run]] = {}

    def keep(each: dag_runs.Run) -> None:
        if each.end is not None and each.state in {"success", "failed"}:
            run = Run(each.due, each.end, each.state == "success", each.run_type == "scheduled")
            rows.setdefault(each.dag_id, {})[each.run_id] = run

    by_dag = statements.get(finished_runs)
    if by_dag is not None:
        for batch in batches([dag.dag_id for dag in active]):
            for row in database_.read(by_dag, within=_WITHIN, dag_ids=batch):
                keep(row)
    off_schedule = statements.get(undated)
    if off_schedule is not None and off_schedule.name not in source.refused:
        for row in database_.read(off_schedule, within=_WITHIN, since=now - _LOOK_BACK):
            keep(row)
    return {dag_id: tuple(each.values()) for dag_id, each in rows.items()}


def _lines(
    found: Mapping[str, Suggestion | None],
    runs: Mapping[str, tuple[Run, ...]],
    zone: str,
    now: datetime,
) -> Iterator[str]:
    count = sum(one is not None for one in found.values())
    yield (
        f"# What the DAGs kept until {now:%Y-%m-%d %H:%M} UTC: {count} of {len(found)} that are not paused.\n"
        "# Promise only what somebody waits for: delete the rest, then `windsock sla check`.\n"
    )
    yield "slas:\n" if count else "slas: []\n"
    for dag_id, one in found.items():
        if one is None:
            continue
        yield f"# {one.evidence}\n- dag: {_scalar(dag_id)}\n"
        if one.kind == "finish_by":
            yield f'  finish_by: "{one.value}"\n  timezone: {zone}\n'
        else:
            yield f"  {one.kind}: {one.value}\n"
    for dag_id, one in found.items():
        if one is None:
            finished = len(runs.get(dag_id, ()))
            few = f"{finished} finished runs, {LEAST_RUNS} are needed"
            yield f"# {_scalar(dag_id)}: {few if finished < LEAST_RUNS else 'too few successes'}\n"


def _scalar(text: str) -> str:
    """As YAML writes it: quoted where it must be."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).splitlines()[0]
