"""No request reads Airflow's database: with it locked against all readers, every path is answered."""

from __future__ import annotations

import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import board_world
from tests.support.board_world import LATE
from tests.support.exporter_process import ExporterProcess
from windsock.pages import static

ROOT = Path(__file__).parents[3]
# Every route -> a path of it.
PATHS = {
    "/": "/?team=finance",
    "/slas": "/slas",
    "/dags/{dag_id}": f"/dags/{LATE}",
    "/api/v1/slas": "/api/v1/slas",
    "/api/v1/slas/{dag_id}/record": f"/api/v1/slas/{LATE}/record",
    "/api/v1/slas/{dag_id}/explanation": f"/api/v1/slas/{LATE}/explanation",
    "/go/dags/{dag_id}/{which}": f"/go/dags/{LATE}/latest",
    "/runbooks": "/runbooks",
    "/runbooks/": "/runbooks/",
    "/runbooks/{alert}": "/runbooks/AirflowSlaBreached",
    "/static/{name}": f"/{static.STYLE}",
    "/metrics": "/metrics",
    "/-/healthy": "/-/healthy",
    "/-/ready": "/-/ready",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A redirect leads into Airflow: it is the answer."""


def status(url: str) -> int:
    try:
        with urllib.request.build_opener(_Stay).open(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Where `windsock serve` answers that has read once and reads no more for an hour; its database."""
    folder = tmp_path_factory.mktemp("never")
    database = folder / "airflow.db"
    url = board_world.make(database)
    with closing(sqlite3.connect(database)) as connection:
        # In the other mode, nobody can lock readers out.
        connection.execute("PRAGMA journal_mode = delete")
    slas = folder / "slas.yaml"
    slas.write_text(board_world.SLAS, encoding="utf-8")
    process = ExporterProcess(
        folder,
        *("--fast-interval=1h", "--slow-interval=1h", f"--sla-file={slas}"),
        "--airflow-public-url=https://airflow.example",
    )
    process.start(url)
    try:
        process.until(f'airflow_sla_state{{dag_id="{LATE}"')
        yield f"http://127.0.0.1:{process.port}", database
    finally:
        process.kill()


def test_every_route_is_asked_for_here() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "exporter" / "windsock").rglob("*.py")
    )
    # An example in a docstring stands deeper than its text.
    found = set(re.findall(r'^ {8,}Route\(\s*"([^"]+)"', source, re.MULTILINE))
    assert found == set(PATHS)


def test_every_path_is_answered_as_before_while_nobody_can_read_the_database(
    serving: tuple[str, Path],
) -> None:
    url, database = serving
    before = {path: status(url + path) for path in PATHS.values()}
    odd = {path: code for path, code in before.items() if code not in {200, 302}}
    assert odd == {}
    with closing(sqlite3.connect(database, timeout=60)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        with (
            closing(sqlite3.connect(database, timeout=0)) as reader,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            reader.execute("SELECT * FROM dag")
        for _ in range(20):
            assert {path: status(url + path) for path in PATHS.values()} == before
