"""Airflow's real schemas, with recorded data on PostgreSQL and with seeded rows on SQLite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support import events, expected_events, moving, waiting
from tests.support.expected import Expected
from tests.support.metadb import CONTEXT, DATA, VERSIONS, Reading, at, make_sqlite, read, source
from tests.support.seed import ONE_LATE_DAG, one_late_dag
from windsock.cardinality import Preset
from windsock.catalog import components, dags, tasks
from windsock.collect.collector import Reader
from windsock.collect.default import wanted
from windsock.collect.tasks.stale_tasks import StaleTasksCollector
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.statement import R, Statement
from windsock.metadb.url import parse
from windsock.metric import Metric
from windsock.owners import Owners, Team
from windsock.sla import Slas, load

# A moment shortly after each recording ended.
_OF_SERVER = re.compile("airflow_metadb_(table_(size|rows|dead_rows)_|connections)")
ENDED = {"2.11": at("2026-11-22 08:05:30"), "3.3": at("2026-11-22 08:22:00")}
SHOWN = ("every_minute", "etl_daily_sales", "manual_only", "umsätze_täglich")


@pytest.fixture
def opened(recorded: Callable[[str], str]) -> Iterator[Callable[[str], Source]]:
    sources: list[Source] = []

    def open_(version: str) -> Source:
        sources.append(source(recorded(version)))
        return sources[-1]

    yield open_
    for each in sources:
        each.database.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recorded_database_reads_as_its_golden_exposition(
    version: str, opened: Callable[[str], Source], update_golden: bool
) -> None:
    reading = read(
        opened(version), now=ENDED[version], owners=Owners(teams=(Team(team="sales", owners=("sales",)),))
    )
    text = _small(reading.figures.render().decode())
    golden = DATA / f"airflow-{version}-golden.txt"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def _small(exposition: str) -> str:
    """Everything but the series of DAGs that are not worth reading, and sizes, which differ by server."""
    wanted = tuple(f'dag_id="{dag_id}"' for dag_id in SHOWN)
    lines = exposition.splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not _OF_SERVER.search(line) and ("dag_id=" not in line or any(each in line for each in wanted))
    )


# What people would ask in SQL, against what is exported.
_SAME = [
    pytest.param(
        tasks.TASK_INSTANCES,
        "SELECT state, pool, queue, count(*) FROM task_instance WHERE state IN ('scheduled', 'queued',"
        " 'running', 'restarting', 'deferred', 'up_for_retry', 'up_for_reschedule', 'awaiting_input')"
        " GROUP BY 1, 2, 3",
        id="task instances",
    ),
    pytest.param(
        dags.DAG_RUNS,
        "SELECT dag_id, state, count(*) FROM dag_run WHERE state IN ('queued', 'running') GROUP BY 1, 2",
        id="active runs",
    ),
    pytest.param(
        dags.DAG_PAUSED,
        "SELECT dag_id, 1 FROM dag WHERE is_paused",
        id="paused",
    ),
    pytest.param(
        components.HEARTBEAT,
        "SELECT job_type, extract(epoch FROM max(latest_heartbeat))::float8 FROM job"
        " WHERE job_type IN ('SchedulerJob', 'TriggererJob', 'DagProcessorJob') GROUP BY 1",
        id="heartbeats",
    ),
    pytest.param(tasks.POOL_LIMIT, "SELECT pool, slots FROM slot_pool WHERE slots >= 0", id="pools"),
    pytest.param(
        dags.LAST_SUCCESS,
        "SELECT DISTINCT ON (dag_id) dag_id, extract(epoch FROM end_date)::float8 FROM dag_run"
        " WHERE state = 'success' AND run_type <> 'backfill' ORDER BY dag_id, {due} DESC, {logical} DESC",
        id="last success",
    ),
    pytest.param(
        dags.LAST_FINISHED_SUCCESS,
        "SELECT DISTINCT ON (dag_id) dag_id, (state = 'success')::int FROM dag_run"
        " WHERE state IN ('success', 'failed') AND run_type <> 'backfill'"
        " ORDER BY dag_id, {due} DESC, {logical} DESC",
        id="last result",
    ),
]
_WORDS = {
    "2.11": {"due": "data_interval_end", "logical": "execution_date"},
    "3.3": {"due": "run_after", "logical": "COALESCE(logical_date, run_after)"},
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("metric", "sql"), _SAME)
def test_figures_equal_what_sql_says(
    version: str, metric: Metric, sql: str, opened: Callable[[str], Source]
) -> None:
    found = opened(version)
    reading = read(found, now=ENDED[version])
    with psycopg.connect(
        found.database.address.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as own:
        rows = own.execute(sql.format(**_WORDS[version])).fetchall()
    expected = {tuple(row[:-1]): pytest.approx(float(row[-1]), rel=0, abs=0.001) for row in rows}
    family = reading.figures.family(metric)
    assert {labels: value for labels, value in family.items() if value or labels in expected} == expected


def test_runs_without_a_logical_date_have_results(opened: Callable[[str], Source]) -> None:
    reading = read(opened("3.3"), now=ENDED["3.3"])
    assert reading.figures.value(dags.LAST_FINISHED_SUCCESS, dag_id="asset_consumer_one") == 1


def test_facts_hold_runs_of_the_dags_that_an_sla_names_and_no_others(
    opened: Callable[[str], Source], tmp_path: Path
) -> None:
    facts = read(opened("3.3"), now=ENDED["3.3"], slas=_slas(tmp_path)).picture.facts
    assert facts is not None
    assert {dag_id for dag_id, dag in facts.dags.items() if dag.runs} == {
        "every_minute",
        "asset_consumer_one",
    }
    dues = [run.due for run in facts.dags["every_minute"].runs]
    assert dues == sorted(dues, reverse=True)
    assert len(dues) <= 20


@pytest.mark.parametrize("version", VERSIONS)
def test_facts_of_a_ratio_go_back_further_and_know_what_is_usual(
    version: str, opened: Callable[[str], Source], tmp_path: Path
) -> None:
    file = tmp_path / "slas.yaml"
    file.write_text("slas: [{dag: every_minute, success_ratio: 90% of 100}, {dag: etl_*, max_age: 1d}]")
    facts = read(opened(version), now=ENDED[version], slas=load(file)).picture.facts
    assert facts is not None
    assert facts.watched == frozenset({"every_minute", "etl_daily_sales"})
    counted, other = facts.dags["every_minute"], facts.dags["etl_daily_sales"]
    finished = {run.run_id for run in counted.runs if run.end}
    assert finished <= {run.run_id for run in counted.history}
    assert other.history == ()
    assert counted.usual is not None
    assert 0 < counted.usual < 60


@pytest.mark.parametrize("version", VERSIONS)
def test_tags_select_the_dags_that_facts_are_read_of(
    version: str, opened: Callable[[str], Source], tmp_path: Path
) -> None:
    every = read(opened(version), now=ENDED[version]).picture.facts
    assert every is not None
    assert every.tags_known
    tag = next(tag for dag in every.dags.values() for tag in dag.tags)
    file = tmp_path / "slas.yaml"
    file.write_text(f"slas: [{{tag: '{tag}', max_age: 1d}}]", encoding="utf-8")
    # Tags are read in the slow tier: the DAGs that they select are watched from the next cycle on.
    facts = read(opened(version), now=ENDED[version], slas=load(file), cycles=2).picture.facts
    assert facts is not None
    assert facts.watched == frozenset(dag_id for dag_id, dag in every.dags.items() if tag in dag.tags)


def _slas(folder: Path) -> Slas:
    file = folder / "slas.yaml"
    file.write_text(
        "slas: [{dag: every_minute, max_age: 5m}, {dag: 'asset_consumer_o*', max_age: 5m}]", encoding="utf-8"
    )
    return load(file)


@pytest.fixture(scope="module", params=VERSIONS)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Source]]:
    path = tmp_path_factory.mktemp("seeded") / "airflow.db"
    url = make_sqlite(path, request.param)
    with sqlite3.connect(path) as connection:
        one_late_dag(connection)
        waiting.fill(connection)
        events.before(connection, request.param)
    connection.close()
    found = source(url)
    yield request.param, found
    found.database.close()


@pytest.fixture(scope="module")
def seeded(filled: tuple[str, Source]) -> Reading:
    return read(filled[1], now=at("2026-01-10 12:00:00"), grace=timedelta(minutes=1))


@pytest.fixture(scope="module")
def counted(filled: tuple[str, Source], seeded: Reading) -> Figures:
    """After `seeded`, as rows come in now."""
    assert seeded.figures

    def happen() -> None:
        with sqlite3.connect(filled[1].database.address.url.database or "") as connection:
            events.happen(connection)
        connection.close()

    return events.figures(filled[1], between=happen, now=at("2026-01-10 12:00:00"))


@pytest.mark.parametrize(("metric", "labels", "value"), ONE_LATE_DAG)
def test_sqlite_reads_like_postgresql(
    seeded: Reading, metric: Metric, labels: dict[str, str], value: float
) -> None:
    assert seeded.figures.value(metric, **labels) == value


@pytest.mark.parametrize(
    "expected", [pytest.param(each, id=each.fact) for each in (*waiting.EXPECTED, *expected_events.STANDING)]
)
def test_what_waits_is_seen_on_sqlite(
    filled: tuple[str, Source], seeded: Reading, expected: Expected
) -> None:
    expected.check(seeded.figures, filled[0])


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in expected_events.COUNTED])
def test_what_happens_is_counted_on_sqlite(
    filled: tuple[str, Source], counted: Figures, expected: Expected
) -> None:
    expected.check(counted, filled[0])


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in moving.IN_FULL])
def test_what_only_the_full_preset_shows_is_seen_on_sqlite(
    filled: tuple[str, Source], seeded: Reading, expected: Expected
) -> None:
    expected.check(seeded.full, filled[0])


def test_manual_runs_of_2_do_not_hide_the_scheduled_run_that_is_due_later(tmp_path: Path) -> None:
    """A manual run carries the time of its trigger, and is due with the interval that had ended by then."""
    path = tmp_path / "airflow.db"
    url = make_sqlite(path, "2.11")
    insert = (
        "INSERT INTO dag_run (dag_id, run_id, run_type, state, execution_date, data_interval_end, end_date,"
        " clear_number) VALUES ('late', ?, ?, ?, ?, ?, ?, 0)"
    )
    with sqlite3.connect(path) as connection:
        one_late_dag(connection)
        for minute in range(11, 41):
            when = f"2026-01-10 10:{minute}:00.000000"
            state = "success" if minute % 2 else "failed"
            due = "2026-01-10 10:00:00.000000"
            connection.execute(insert, (f"m{minute}", "manual", state, when, due, when))
        start, due = "2026-01-10 10:00:00.000000", "2026-01-10 11:00:00.000000"
        ended = "2026-01-10 11:30:00.000000"
        connection.execute(insert, ("s3", "scheduled", "success", start, due, ended))
    connection.close()
    found = source(url)
    reading = read(found, now=at("2026-01-10 12:00"), preset=Preset.FULL)
    found.database.close()
    assert reading.figures.value(dags.LAST_SUCCESS, dag_id="late") == at("2026-01-10 11:30").timestamp()
    assert reading.figures.value(dags.LAST_FINISHED_SUCCESS, dag_id="late") == 1
    assert reading.figures.value(dags.LAST_FAILURE, dag_id="late") == at("2026-01-10 10:40").timestamp()


def test_the_newest_revision_of_each_version_is_known(opened: Callable[[str], Source]) -> None:
    found = [(opened(version).schema.version_max, opened(version).schema.known) for version in VERSIONS]
    assert found == [("2.11", True), ("3.3", True)]


class _Ending(Database):
    """A healthy task and its job end after the running tasks were read."""

    def read(self, statement: Statement[R], **parameters: Any) -> list[R]:
        if statement.name == "healthy_jobs":
            with sqlite3.connect(self.address.url.database or "") as connection:
                connection.execute("UPDATE task_instance SET state = 'success' WHERE task_id = 'other4'")
                connection.execute("UPDATE job SET state = 'success' WHERE id = 11")
            connection.close()
        return super().read(statement, **parameters)


def test_a_task_of_2_that_ends_between_two_reads_is_not_silent(tmp_path: Path) -> None:
    path = tmp_path / "airflow.db"
    url = make_sqlite(path, "2.11")
    with sqlite3.connect(path) as connection:
        waiting.fill(connection)
    connection.close()
    found = Source(_Ending(parse(url, origin="test")), wanted())
    reader = Reader(database=found.database, statements=found.statements, now=at("2026-01-10 12:00"))
    assert StaleTasksCollector(CONTEXT).read(reader) == 1
    found.database.close()
