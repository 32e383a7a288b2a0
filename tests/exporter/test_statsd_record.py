"""`windsock statsd record` and `replay`: lines into a file and back, with or without ids."""

from __future__ import annotations

import gzip
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from demo.stack import ports
from demo.stack.ports import HOST
from tests.support.statsd import RECORDINGS, ROOT
from windsock.cli.statsd import statsd
from windsock.errors import BadInput
from windsock.statsd import capture, coverage
from windsock.statsd.engine.dialect import V0_31
from windsock.statsd.engine.line import ALL_STYLES
from windsock.statsd.engine.rules import load
from windsock.statsd.pseudonyms import Pseudonyms

_WAIT = 30.0


def test_what_record_wrote_replay_sends_again(tmp_path: Path) -> None:
    port = ports.choose({"statsd": 0})["statsd"]
    out = tmp_path / "out.txt"
    program = str(Path(sys.executable).parent / "windsock")
    command = [program, "statsd", "record", "--listen", f"{HOST}:{port}", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + _WAIT
        # It listens before it makes the file.
        while not out.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"a.b:1|c\nc.d:2|g\n", (HOST, port))
            sock.sendto(b"tab\there:\xff|c", (HOST, port))
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=_WAIT)
    assert child.returncode == 0
    lines = [line for _, line in capture.read(out.read_bytes())]
    assert lines == [b"a.b:1|c", b"c.d:2|g", b"tab\there:\xff|c"]
    assert output == f"3 lines in {out}.\n"

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        sock.settimeout(_WAIT)
        to = f"{HOST}:{sock.getsockname()[1]}"
        result = CliRunner().invoke(statsd, ["replay", str(out), "--to", to, "--speed", "100"])
        assert result.exit_code == 0
        assert [sock.recv(1000) for _ in lines] == lines


def test_plain_lines_are_sent_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes(b"# by hand\na:1|c\n\nb:2|c\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        sock.settimeout(_WAIT)
        to = f"{HOST}:{sock.getsockname()[1]}"
        assert CliRunner().invoke(statsd, ["replay", str(path), "--to", to]).exit_code == 0
        assert [sock.recv(100), sock.recv(100)] == [b"a:1|c", b"b:2|c"]


@pytest.mark.parametrize("profile", ["tags", "plain", "dogstatsd"])
def test_a_mapping_does_with_pseudonyms_what_it_did_with_ids(profile: str) -> None:
    rules = load((ROOT / "exporter" / "generated" / "statsd" / f"airflow-3.3-{profile}.yml").read_text())
    text = gzip.decompress((RECORDINGS / f"airflow-3.3.2-{profile}.txt.gz").read_bytes())
    before = list(coverage.read_lines(text))
    hide = Pseudonyms()
    after = [(times, hide.line(line)) for times, line in before]
    assert before != after
    fates = [coverage.of_lines(rules, lines, styles=ALL_STYLES, dialect=V0_31) for lines in (before, after)]
    assert fates[0].fates == fates[1].fates
    assert fates[0].refused == fates[1].refused
    assert fates[0].idle == fates[1].idle
    assert b"etl" not in b"\n".join(line for _, line in after)


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (b"airflow.ti.start.my_dag.grp.load:1|c", b"airflow.ti.start.p1.p2.p3:1|c"),
        (
            b"airflow.ti.start,dag_id=my.dag,state=success:1|c",
            b"airflow.ti.start,dag_id=p1.p2,state=success:1|c",
        ),
        (
            b"airflow.pool.open_slots:4|g|#pool_name:mine,state:x|c:ab",
            b"airflow.pool.open_slots:4|g|#pool_name:p1,state:x|c:p2",
        ),
        (b"airflow.operator_failures_MyOperator:1|c", b"airflow.operator_failures_p1:1|c"),
        (b"my.own.metric:250.5|ms|@0.1", b"p1.p2.p3:250.5|ms|@0.1"),
        (b"password=secret", b"p1"),
        (b"airflow.ti_failures:secret|c", b"airflow.ti_failures:p1|c"),
        (b"", b""),
    ],
)
def test_ids_are_replaced_and_nothing_else(line: bytes, hidden: bytes) -> None:
    assert Pseudonyms().line(line) == hidden


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_the_same_line_gets_the_same_pseudonyms(lines: list[bytes]) -> None:
    hide = Pseudonyms()
    first = [hide.line(line) for line in lines]
    assert [hide.line(line) for line in lines] == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "--out", "@new", "--listen", "x"], "'x' is no address; write HOST:PORT"),
        (["record", "--out", "@old", "--listen", f"{HOST}:0"], "cannot be written: File exists"),
        (["record", "--out", "@new", "--listen", "192.0.2.1:9"], "--listen: 192.0.2.1:9: "),
        (["replay", "@nowhere"], "nowhere: cannot be read: No such file or directory"),
        (["replay", "@old"], "line 2 begins with no number of seconds"),
    ],
)
def test_what_the_user_gave_wrong_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"0.1\ta:1|c\nsoon\tb:1|c\n")
    result = CliRunner().invoke(statsd, [one.replace("@", f"{tmp_path}/") for one in arguments])
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
