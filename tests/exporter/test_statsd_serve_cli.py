"""`windsock statsd serve`: what the user gave."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.statsd import ROOT
from windsock.cli.statsd import statsd
from windsock.errors import BadInput
from windsock.statsd import flags

_GOOD = "mappings: [{match: a.*, name: b, labels: {id_: $1}}]\n"


def _serve(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(statsd, ["serve", *arguments])
    if isinstance(result.exception, BadInput):
        return 1, str(result.exception)
    return result.exit_code, result.output


def test_a_mapping_can_be_checked_without_listening(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(_GOOD)
    bad.write_text(_GOOD.replace("mappings", "# our rules\nmapings"))
    assert _serve("--statsd.mapping-config", str(good), "--check-config") == (
        0,
        "The mapping is good: 1 rules.\n",
    )
    assert _serve("--check-config")[0] == 0
    code, text = _serve("--statsd.mapping-config", str(bad), "--check-config")
    assert code == 1
    assert text.startswith(f"{bad}:2: ")
    assert "mapings" in text
    ids = tmp_path / "ids.txt"
    ids.write_text("a b c\n")
    code, text = _serve("--statsd.known-ids", str(ids), "--check-config")
    assert (code, text.startswith(f"{ids}:1: expected")) == (1, True)
    code, text = _serve("--statsd.mapping-config", str(tmp_path / "none.yml"), "--check-config")
    assert (code, text) == (1, f"{tmp_path}/none.yml: cannot be read: No such file or directory")


def test_every_flag_that_we_start_the_original_with_is_known() -> None:
    mapping = str(ROOT / "exporter" / "generated" / "statsd" / "airflow-3.3-tags.yml")
    arguments = flags.arguments(mapping=mapping, web="127.0.0.1:0", udp="127.0.0.1:0")
    code, text = _serve(*arguments, "--check-config")
    assert code == 0
    assert text.startswith("The mapping is good: ")


def test_flags_of_queues_that_are_not_there_are_taken_and_said_to_do_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert _serve("--statsd.event-queue-size=10000", "--statsd.cache-type=lru", "--check-config")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--statsd.listen-udp", "9125"], "--statsd.listen-udp: '9125' is no address"),
        (["--statsd.listen-tcp", "x:y"], "--statsd.listen-tcp: 'x:y' is no address"),
        (
            ["--statsd.listen-udp=", "--statsd.listen-tcp=", "--web.listen-address", "here"],
            "--web.listen-address here: expected host:port",
        ),
        (["--web.telemetry-path", "metrics"], "'metrics' does not begin with a slash"),
        (["--statsd.relay.address", "127.0.0.1:1"], "--statsd.relay.address"),
        (["--statsd.cache-size", "-1"], "-1 is not in the range"),
    ],
)
def test_what_is_wrong_is_said_with_its_flag(arguments: list[str], message: str) -> None:
    code, text = _serve("--statsd.listen-udp=127.0.0.1:0", "--statsd.listen-tcp=", *arguments)
    assert code in {1, 2}
    assert message in text
