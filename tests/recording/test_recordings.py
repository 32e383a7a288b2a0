"""The recordings in tests/data/statsd: one for each version and mode, rich enough to prove something by."""

from __future__ import annotations

import re

import pytest

from demo.stack.programs import ROOT
from tests.recording import lines
from tests.recording.settings import Mode
from windsock.airflow_versions import RELEASES

RECORDINGS = ROOT / "tests" / "data" / "statsd"
VERSIONS = [pytest.param(version, id=version) for version in RELEASES]
# The tasks of 3.0 send nothing.
_FEWEST_NAMES = {"3.0": 200}
_LINE = re.compile(r"\S.*:([-+]?\d+(\.\d+)?(e[-+]?\d+)?|inf)\|(c|g|ms)(\|@[\d.]+)?(\|#.*)?")


def recorded(version: str, mode: Mode) -> dict[str, int]:
    return lines.read(RECORDINGS / f"airflow-{RELEASES[version]}-{mode.value}.txt.gz")


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_recorded_in_every_mode(version: str, mode: Mode) -> None:
    rows = recorded(version, mode)
    assert [line for line in rows if not _LINE.fullmatch(line)] == []
    assert min(rows.values()) >= 1
    assert len(lines.names(rows)) >= _FEWEST_NAMES.get(version, 350)
    assert len({line.rpartition(":")[2].split("|")[1] for line in rows if "|#" not in line}) == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_tag_modes_have_tags(version: str) -> None:
    assert not any(",dag_id=" in line or "|#" in line for line in recorded(version, Mode.PLAIN))
    assert any(",dag_id=" in line for line in recorded(version, Mode.TAGS))
    assert any("dag_id:" in line.partition("|#")[2] for line in recorded(version, Mode.DOGSTATSD))


def test_no_recording_holds_a_path_of_the_machine_that_made_it() -> None:
    for path in RECORDINGS.glob("*.txt.gz"):
        private = [
            line for line in lines.read(path) if re.search(r"/(tmp|work|root|home/(?!airflow/))", line)
        ]
        assert private == [], path.name
