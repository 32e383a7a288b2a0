"""`windsock statsd coverage`: how much a mapping takes of what Airflow sends."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.statsd import RECORDINGS, ROOT
from windsock.airflow_versions import VERSIONS
from windsock.cli.statsd import statsd
from windsock.errors import BadInput

_GENERATED = ROOT / "exporter" / "generated" / "statsd"
_MAPPING = """\
mappings:
- {match: airflow.ti_failures, name: failures}
- {match: airflow.ti.start.*.*, name: starts}
- {match: airflow.ti.finish, name: x, action: drop}
- {match: never.sent, name: never}
"""


def _run(tmp_path: Path, *arguments: str, lines: bytes = b"") -> Result:
    (tmp_path / "mapping.yml").write_text(_MAPPING)
    (tmp_path / "lines.txt").write_bytes(lines)
    places = [argument.replace("@", f"{tmp_path}/") for argument in arguments]
    return CliRunner().invoke(statsd, ["coverage", "--mapping", f"{tmp_path}/mapping.yml", *places])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", ["tags", "plain", "dogstatsd"])
def test_ours_take_every_line_of_their_version(version: str, profile: str) -> None:
    path = _GENERATED / f"airflow-{version}-{profile}.yml"
    result = CliRunner().invoke(statsd, ["coverage", "--mapping", str(path), "--airflow", version])
    assert result.exit_code == 0
    assert "\n  unmapped         0    0.0%\n" in result.output


def test_ours_take_every_recorded_line_of_airflow() -> None:
    arguments = ["--mapping", f"{_GENERATED}/airflow-3.3-tags.yml"]
    result = CliRunner().invoke(
        statsd, ["coverage", *arguments, "--lines", f"{RECORDINGS}/airflow-3.3.2-tags.txt.gz"]
    )
    assert result.exit_code == 0
    assert "\n  unmapped         0    0.0%\n" in result.output


def test_events_count_as_often_as_they_came_and_the_rest_is_listed(tmp_path: Path) -> None:
    lines = (
        b"# a comment\nairflow.ti_failures:1|c\n3\tairflow.ti.start.a.b:1|c\n0.25\tairflow.ti.finish:1|c\n"
        b"airflow.ti.start.a.b.c:1|c\nnothing\n]a[:1|c\n"
    )
    result = _run(tmp_path, "--lines", "@lines.txt", lines=lines)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "6 events",
        "  mapped           4   66.7%",
        "  dropped          1   16.7%",
        "  unmapped         1   16.7%",
        "  refused malformed_line: 1",
        "  ends statsd_exporter: ]a[:1|c (a name with `]` before `[` (slice bounds out of range))",
        "Unmapped:",
        "  airflow.ti.start.a.b.c",
        "Rules that took nothing:",
        f"  {tmp_path}/mapping.yml:5 `never.sent`",
    ]


def test_a_line_that_only_a_dot_loses_is_unmapped(tmp_path: Path) -> None:
    result = _run(tmp_path, "--airflow", "3.3", "--all")
    assert result.exit_code == 1
    assert "  airflow.ti.start.{dag_id}.{task_id} (with a dot in an id)\n" in result.output
    assert "airflow.ti_failures" not in result.output.split("Rules that")[0]


def test_long_lists_end_with_a_count(tmp_path: Path) -> None:
    assert "more; --all shows them" in _run(tmp_path, "--airflow", "3.3").output


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"airflow.ti_failures:1|c\n"))
    assert _run(tmp_path, "--lines", "@x.gz").output.startswith("1 events\n  mapped           1  100.0%\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--airflow, --lines: give one of them"),
        (["--airflow", "1.10"], "--airflow: no catalogue for Airflow '1.10'"),
        (["--lines", "@nowhere"], "nowhere: cannot be read: No such file or directory"),
        (["--lines", "@broken.gz"], "broken.gz: cannot be read"),
    ],
)
def test_what_the_user_gave_wrong_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    result = _run(tmp_path, *arguments)
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
