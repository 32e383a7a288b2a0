"""Processes of the stack: whole sessions end, also what outlives its parent; failures quote the log."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.stack import ports
from demo.stack.config import with_ports
from demo.stack.process import Process, sweep
from demo.stack.programs import ROOT
from windsock.errors import BadInput

Make = Callable[[str], Process]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Process] = []

    def shell(script: str) -> Process:
        made.append(Process(f"program{len(made)}", ["bash", "-c", script], log=tmp_path / f"{len(made)}.log"))
        return made[-1]

    yield shell
    for process in made:
        process.kill()


def started(process: Process, members: int) -> set[int]:
    process.start()
    deadline = time.monotonic() + 60
    while len(process.members()) < members and time.monotonic() < deadline:
        time.sleep(0.02)
    return process.members()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep 100", id="plain"),
        pytest.param("trap '' TERM; while true; do sleep 0.1; done", id="ignores TERM"),
        pytest.param("(trap '' TERM; while true; do sleep 0.1; done) & sleep 100", id="a child ignores TERM"),
        pytest.param("setsid sleep 100 & sleep 100", id="a child has its own session"),
        pytest.param("sleep 100 & disown; exit 0", id="a child outlives it"),
    ],
)
def test_stop_leaves_nothing(make: Make, script: str) -> None:
    process = make(script)
    assert started(process, 1)
    process.stop(grace=0.5)
    assert not process.members()
    assert not process.running


def test_kill_takes_children_with_it_and_start_begins_anew(make: Make) -> None:
    process = make("sleep 100 & sleep 100")
    first = started(process, 3)
    process.kill()
    assert not process.members()
    assert started(process, 3).isdisjoint(first)


def test_a_paused_process_is_alive_and_can_be_stopped(make: Make) -> None:
    process = make("while true; do echo tick; sleep 0.05; done")
    started(process, 1)
    process.wait(lambda: "tick" in process.tail(), timeout=60)
    process.pause()
    time.sleep(0.2)
    before = process.tail()
    time.sleep(0.3)
    assert process.tail() == before
    assert process.running
    process.resume()
    process.wait(lambda: process.log.stat().st_size > len(before), timeout=60)
    process.pause()
    process.stop(grace=3)
    assert not process.members()


def test_a_program_that_ends_too_early_is_quoted(make: Make) -> None:
    process = make("echo the port is taken; exit 3")
    process.start()
    with pytest.raises(BadInput, match=r"(?s)ended \(3\) before it was ready; .*the port is taken"):
        process.wait(lambda: False, timeout=60)


def test_a_program_that_is_never_ready_is_quoted(make: Make) -> None:
    process = make("echo still thinking; sleep 100")
    started(process, 2)
    with pytest.raises(BadInput, match=r"(?s)not ready after 0 s; .*still thinking"):
        process.wait(lambda: False, timeout=0.3)


def test_a_nice_starter_has_nice_processes(make: Make) -> None:
    # Only in a child: a user other than root does not get the lost niceness back.
    script = (
        "import os, sys; from pathlib import Path; from demo.stack import priority;"
        "from demo.stack.process import Process; priority.become(7);"
        "made = Process('nice', ['sleep', '100'], log=Path(sys.argv[1])); made.start();"
        "group = Path(f'/proc/{made.pid}/autogroup');"
        "print(os.getpriority(os.PRIO_PROCESS, made.pid), group.is_file() and group.read_text().split()[-1]);"
        "made.kill()"
    )
    log = str(make("").log)
    said = subprocess.run(
        [sys.executable, "-c", script, log], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    # Not every kernel divides the processor among sessions.
    assert said.split() == ["7", "7" if Path("/proc/self/autogroup").is_file() else "False"]


def test_what_a_killed_runner_left_is_swept(make: Make, tmp_path: Path) -> None:
    process = make("setsid sleep 100 & sleep 100")
    assert len(started(process, 3)) == 3
    other = tmp_path / "other"
    other.mkdir()
    assert sweep(other) == 0
    assert sweep(tmp_path, grace=1) == 3
    assert not process.members()


def test_wanted_ports_are_given_when_free_and_others_when_taken() -> None:
    free = ports.choose({"one": 0, "two": 0})
    assert free["one"] != free["two"]
    assert ports.choose({"again": free["one"]}) == {"again": free["one"]}
    with socket.socket() as taken:
        taken.bind((ports.HOST, free["one"]))
        taken.listen()
        assert ports.taken(free["one"])
        assert ports.choose({"again": free["one"]})["again"] != free["one"]


def test_usual_addresses_become_those_of_the_run() -> None:
    chosen = dict.fromkeys(ports.USUAL, 1) | {"pager": 4711, "prometheus": 4712}
    text = "url: http://127.0.0.1:9095/finance # 127.0.0.1:90900 127.0.0.1:9090 10.0.0.1:9095"
    assert with_ports(text, chosen) == (
        "url: http://127.0.0.1:4711/finance # 127.0.0.1:90900 127.0.0.1:4712 10.0.0.1:9095"
    )
