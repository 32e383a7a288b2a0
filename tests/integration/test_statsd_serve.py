"""`windsock statsd serve` as a process, beside the real statsd_exporter."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from demo.stack import ports, programs
from demo.stack.ports import HOST
from demo.stack.process import Process
from tests.support.statsd import ROOT, Page, recording
from windsock.statsd import flags
from windsock.statsd.mapping import path
from windsock.wire import Profile

_PATIENCE_SECONDS = 90.0
_MAPPING = ROOT / path("3.3", Profile.TAGS)
# What its clocks and queues decide, and what says which program it is.
_NOT_THE_SAME = re.compile(
    r"# (HELP|TYPE) (?!airflow)|statsd_exporter_(build_info|event_queue)|statsd_metric_mapper|"
    r"go_|process_|promhttp_|windsock_|.*illegal_negative_counter"
)


class Server:
    """One that runs, ours or the original."""

    def __init__(self, process: Process, web: int, statsd: int) -> None:
        self.process = process
        self.web = web
        self.statsd = statsd

    def ask(self, page: str = "/metrics", method: str = "GET") -> tuple[int, str]:
        with closing(http.client.HTTPConnection(HOST, self.web, timeout=_PATIENCE_SECONDS)) as connection:
            connection.request(method, page)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def page(self) -> Page:
        status, text = self.ask()
        assert status == 200
        return Page.parse(text)

    def udp(self, *lines: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for line in lines:
                sock.sendto(line, (HOST, self.statsd))

    def tcp(self, lines: list[str]) -> None:
        with socket.create_connection((HOST, self.statsd), timeout=_PATIENCE_SECONDS) as sock:
            sock.sendall("".join(f"{line}\n" for line in lines).encode())

    def until(self, ready: Callable[[Page], bool]) -> Page:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not ready(page := self.page()):
            assert time.monotonic() < deadline, page.text + self.process.tail()
            time.sleep(0.1)
        return page


@contextmanager
def _running(program: list[str], mapping: Path, folder: Path, *more: str) -> Iterator[Server]:
    port = ports.choose({"web": 0, "statsd": 0})
    statsd = f"{HOST}:{port['statsd']}"
    arguments = flags.arguments(mapping=str(mapping), web=f"{HOST}:{port['web']}", udp=statsd, tcp=statsd)
    process = Process("listener", [*program, *arguments, *more], log=folder / "log.txt")
    process.start()
    try:
        process.wait(lambda: ports.taken(port["web"]), timeout=_PATIENCE_SECONDS)
        yield Server(process, port["web"], port["statsd"])
    finally:
        process.stop()


def _ours() -> list[str]:
    return [str(programs.windsock()), "statsd", "serve"]


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("mapping") / "mapping.yml"
    file.write_text(_MAPPING.read_text(encoding="utf-8"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def ours(mapping: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("ours")
    unix = f"--statsd.listen-unixgram={folder}/statsd.sock"
    with _running(_ours(), mapping, folder, "--web.enable-lifecycle", unix) as server:
        yield server


def test_a_recording_gives_the_page_of_the_original_figures_about_itself_included(
    ours: Server, tmp_path: Path
) -> None:
    lines = [line.line for line in recording("airflow-3.3.2-tags") for _ in range(min(line.times, 3))]
    lines += ["no colon", "a:x|c", "a:1|c\r", "a:1|s", "a,b=,c:1|c", "a:1|g", "", "b:-1|c"]
    with _running([programs.statsd_exporter()], _MAPPING, tmp_path) as theirs:
        rows = []
        for server in (ours, theirs):
            server.tcp(lines)
            server.until(lambda page: page.value("statsd_exporter_lines_total") == len(lines))
            rows.append(_settled(server))
        assert [sorted(row - other) for row, other in zip(rows, reversed(rows), strict=True)] == [[], []]
        pages = [server.page() for server in (ours, theirs)]
        assert _names(pages[1]) - _names(pages[0]) == set()
        # Airflow counts down by a counter: an error there, a figure here.
        falls = [
            page.value("statsd_exporter_events_error_total", reason="illegal_negative_counter")
            for page in pages
        ]
        assert falls[1] - falls[0] == pages[0].value("windsock_statsd_decreased_total") > 0


def _settled(server: Server) -> set[str]:
    """The page when it does not change any more."""
    rows: set[str] = set()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        now = {row for row in server.ask()[1].splitlines() if not _NOT_THE_SAME.match(row)}
        if now == rows:
            break
        rows = now
        time.sleep(1)
    return rows


def _names(page: Page) -> set[str]:
    return {name for name in page.families if name.startswith("statsd_")}


def test_lines_come_over_every_socket(ours: Server) -> None:
    ours.udp(b"over.udp:1|c\nover.udp:1|c", b"over.udp:1|c")
    ours.tcp(["over.tcp:2|c"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"over.unix:3|c", str(ours.process.log.parent / "statsd.sock"))
    page = ours.until(
        lambda page: (
            page.value("airflow_statsd_unknown_total") >= 0
            and page.value("statsd_exporter_unixgram_packets_total") == 1
            and page.value("statsd_exporter_udp_packets_total") >= 2
        )
    )
    assert page.value("statsd_exporter_tcp_connections_total") >= 1
    assert page.value("statsd_exporter_udp_packet_drops_total") == 0
    assert page.value("windsock_statsd_receive_buffer_bytes") > 0


def test_lines_that_end_the_original_do_not_end_it(ours: Server) -> None:
    before = ours.page().value("statsd_exporter_lines_total")
    # The flags that we ship do not read these brackets at all.
    poison = [b"]a[:1|c", b"#a=b:1|c", b"m,quantile=0.5:1|ms", b"m,__x=1:1|c", b"\xff\x00", b"x" * 65_000]
    ours.udp(*poison)
    ours.until(lambda page: page.value("statsd_exporter_lines_total") == before + len(poison))
    assert ours.process.running


def test_a_mapping_is_read_again_and_a_wrong_one_does_not_count(ours: Server, mapping: Path) -> None:
    good = mapping.read_text(encoding="utf-8")
    reloads = "statsd_exporter_config_reloads_total"
    own = "windsock_statsd_mapping_last_reload_successful"
    try:
        rules = ours.page().value("statsd_exporter_loaded_mappings")
        mapping.write_text(good + "  - match: 'a.**'\n    name: wrong\n", encoding="utf-8")
        page = ours.until(lambda page: page.value(reloads, outcome="failure") >= 1)
        assert (page.value(own), page.value("statsd_exporter_loaded_mappings")) == (0, rules)
        line = good.count("\n") + 1
        assert f"{mapping}:{line}: invalid match: a.**" in ours.process.log.read_text(encoding="utf-8")
        assert ours.ask("/-/reload", "POST")[0] == 500
        kept = ours.page().value("statsd_exporter_lines_total")

        before = ours.page().value(reloads, outcome="success")
        mapping.write_text(good + "  - match: brand.new\n    name: brand_new_name\n", encoding="utf-8")
        page = ours.until(lambda page: page.value(reloads, outcome="success") > before)
        assert (page.value(own), page.value("statsd_exporter_loaded_mappings")) == (1, rules + 1)
        assert page.value("statsd_exporter_lines_total") == kept
        ours.udp(b"brand.new:1|c")
        ours.until(lambda page: page.value("brand_new_name_total") == 1)

        before = ours.page().value(reloads, outcome="success")
        assert ours.process.pid
        ours.process.send(signal.SIGHUP)
        ours.until(lambda page: page.value(reloads, outcome="success") > before)
        assert ours.ask("/-/reload", "PUT")[0] == 200
    finally:
        mapping.write_text(good, encoding="utf-8")


def test_it_says_that_it_is_there_and_ends_when_told(mapping: Path, tmp_path: Path) -> None:
    with _running(_ours(), mapping, tmp_path, "--web.telemetry-path=/figures") as server:
        assert server.ask("/-/healthy") == (200, "healthy\n")
        assert server.ask("/-/ready") == (200, "ready\n")
        assert server.ask("/figures")[0] == 200
        assert server.ask("/metrics")[0] == 404
        # Who may read may not end it unless that was asked for.
        assert server.ask("/-/quit", "POST")[0] == 405
        assert server.ask("/-/reload", "PUT")[0] == 405
        server.process.send(signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while server.process.running:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "stopping" in log
    assert "Traceback" not in log
