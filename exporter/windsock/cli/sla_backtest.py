"""`windsock sla backtest`: what an SLA file would have done in the last weeks."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import timedelta
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import click

from windsock import owners
from windsock import sla as slas
from windsock.cli.database_options import Addresses, database
from windsock.cli.options import common
from windsock.collect.build_facts import bare
from windsock.collect.dags import known
from windsock.collect.dags.dag_row import dags
from windsock.collect.dags.dags import tags
from windsock.collect.dags.known import KnownDag
from windsock.collect.dags.pauses import pauses
from windsock.collect.runs import expected
from windsock.errors import BadInput
from windsock.facts import Dag
from windsock.metadb import server
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.trouble import ReadError
from windsock.owners import Owners
from windsock.sla.backtest import calendar, text
from windsock.sla.backtest.cases import Case, Outcome, replay_all
from windsock.sla.backtest.reading import Reading, wanted
from windsock.sla.backtest.replay import of_one
from windsock.sla.backtest.report import Report
from windsock.sla.register import Register
from windsock.sla.rules import SUCCESS_RATIO

_FILE = click.Path(dir_okay=False, path_type=Path)
_WITHIN = 60.0
# Below that many DAGs other processes take longer to start than they help.
_WORTH_PROCESSES = 300
_MOST_PROCESSES = 4


class _Asked(NamedTuple):
    """What to replay: the file by name and as read, who owns what, and for how long."""

    name: str
    file: slas.Slas
    teams: Owners
    length: timedelta


class _Subject(NamedTuple):
    """A DAG with the part of the file that speaks of it."""

    dag: Dag
    slas: slas.Slas
    counted: bool


@click.command(name="backtest")
@click.argument("file", type=_FILE, required=False)
@click.option("--sla-file", type=_FILE, envvar="WINDSOCK_SLA_FILE", help="The same as FILE.")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    envvar="WINDSOCK_DAYS",
    help="How many days to replay, until now.",
)
@click.option(
    "--owners-file", type=_FILE, envvar="WINDSOCK_OWNERS_FILE", help="Which DAG belongs to which team."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    envvar="WINDSOCK_FORMAT",
    help="What to print.",
)
@click.option(
    "--svg", type=_FILE, envvar="WINDSOCK_SVG", help="Also draw a calendar of each team into this file."
)
@database
@common
def command(
    *,
    file: Path | None,
    sla_file: Path | None,
    days: int,
    owners_file: Path | None,
    form: str,
    svg: Path | None,
    addresses: Addresses,
) -> None:
    """Replay the last weeks with an SLA file: what would have paged, when, whom, and how early it was known.

    Each past moment is judged by what could be seen then, as if the file had come into force at the start.
    The database is only read, in small pages. What its rows do not tell (cleared runs, pauses, deleted rows,
    tasks) is counted below the result. Exit code 0, whatever was broken.

    \b
    Example:
      windsock sla backtest slas.yaml --database-url-file /run/secrets/windsock --owners-file owners.yaml
      windsock sla backtest slas.yaml --days 90 --format json --svg pages.svg > backtest.json
    """  # noqa: D301 (click reads the backspace)
    path = file or sla_file
    if path is None:
        raise click.UsageError("which file? Give FILE, --sla-file or WINDSOCK_SLA_FILE")
    found, teams = slas.load(path), owners.read(owners_file)
    primary, replica = addresses.open()
    source = Source(primary, wanted((dags, tags), (pauses,)))
    try:
        report = _replay(source, replica or primary, _Asked(str(path), found, teams, timedelta(days=days)))
    except ReadError as error:
        raise BadInput(f"{primary.address}: {error}") from error
    finally:
        source.close()
        if replica is not None:
            replica.close()
    if svg is not None:
        _write(svg, calendar.draw(report))
    click.echo(text.document(report) if form == "json" else "\n".join(text.table(report)))


def _write(path: Path, picture: str) -> None:
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--svg: {path}: cannot be written: {error.strerror}") from error


def _replay(source: Source, database_: Database, asked: _Asked) -> Report:
    statements = source.statements
    clock, rows, marks = statements.get(server.clock), statements.get(dags), statements.get(tags)
    if clock is None or rows is None or marks is None:
        raise BadInput(f"{database_.address}: nothing to read DAGs with")
    now = database_.read(clock)[0].now
    by_dag: dict[str, list[str]] = {}
    for mark in database_.read(marks, within=_WITHIN):
        by_dag.setdefault(mark.dag_id, []).append(mark.name)
    known_dags = known.known(
        tuple(database_.read(rows, within=_WITHIN)),
        {dag_id: tuple(sorted(each)) for dag_id, each in by_dag.items()},
        asked.teams,
    )
    subjects, unknown, wrong = _subjects(asked.file, known_dags)
    if not subjects:
        raise BadInput(f"{asked.name}: speaks of none of the {len(known_dags)} DAGs in {database_.address}")
    reading = Reading(source=source, database=database_, since=now - asked.length, now=now)
    outcomes = list(_outcomes(reading, subjects))
    if not any(outcome.began for outcome in outcomes):
        raise BadInput(f"{database_.address}: none of the DAGs that {asked.name} speaks of has a run")
    return Report(
        file=asked.name,
        since=reading.since,
        until=now,
        outcomes=outcomes,
        unknown=unknown,
        scoped=sum(bool(entry.scope) for entry in asked.file.entries),
        tags_wrong=wrong,
        paused=_paused(source, reading, subjects),
    )


def _paused(source: Source, reading: Reading, subjects: Collection[str]) -> int | None:
    """How many of the DAGs were paused or resumed; None where nobody can tell."""
    statement = source.statements.get(pauses)
    if statement is None or statement.name in source.refused:
        return None
    rows = reading.database.read(statement, within=_WITHIN, since=reading.since)
    return sum(row.dag_id in subjects for row in rows)


def _subjects(file: slas.Slas, known_dags: dict[str, KnownDag]) -> tuple[dict[str, _Subject], list[str], int]:
    """DAGs with SLAs, entries that speak of none, and how many tags are wrong."""
    register = Register(file)
    subjects: dict[str, _Subject] = {}
    used: set[int] = set()
    wrong = 0
    for dag_id, each in sorted(known_dags.items()):
        promised = register.of(register.looks(dag_id, each.tags, each.team))
        used.update(promised.matching)
        wrong += len(promised.wrong)
        if promised.promises:
            counted = any(promise.entry.kind == SUCCESS_RATIO for promise in promised.promises)
            subjects[dag_id] = _Subject(bare(each), of_one(file, promised.matching), counted)
    unknown = [
        f"{place}: {entry.subject}"
        for index, (entry, place) in enumerate(zip(file.entries, file.places, strict=True))
        if index not in used
    ]
    return subjects, unknown, wrong


def usual(seconds: Iterable[float]) -> float | None:
    """As `windsock serve` learns it."""
    learned = expected.learn(seconds)
    return None if learned is None else learned.p50


def _outcomes(reading: Reading, subjects: dict[str, _Subject]) -> Iterator[Outcome]:
    """By DAG, with a bar if somebody watches."""
    found = replayed(_cases(reading, subjects), processes=_processes(len(subjects)))
    if not sys.stderr.isatty():
        yield from chain.from_iterable(found)
        return
    with click.progressbar(length=len(subjects), label="DAGs", file=sys.stderr, show_pos=True) as bar:
        for done in found:
            bar.update(len(done))
            yield from done


def _cases(reading: Reading, subjects: dict[str, _Subject]) -> Iterator[list[Case]]:
    """Some DAGs at a time, as they are read."""
    reading.undated(subjects)
    counted = frozenset(dag_id for dag_id, subject in subjects.items() if subject.counted)
    for page in reading.pages(sorted(subjects), counted):
        yield [
            Case(
                slas=subjects[dag_id].slas,
                dag=subjects[dag_id].dag,
                rows=rows,
                since=reading.since,
                now=reading.now,
                median=usual,
            )
            for dag_id, rows in page.items()
        ]


def _processes(dags_: int) -> int:
    return min(_MOST_PROCESSES, os.cpu_count() or 1) if dags_ >= _WORTH_PROCESSES else 1


def replayed(cases: Iterable[list[Case]], *, processes: int) -> Iterator[list[Outcome]]:
    """In this process, or in others while this one reads on; never much more in memory than they work on."""
    if processes < 2:
        yield from map(replay_all, cases)
        return
    waiting: list[Future[list[Outcome]]] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for some in cases:
            waiting.append(pool.submit(replay_all, some))
            if len(waiting) > 2 * processes:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
