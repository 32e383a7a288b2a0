"""The evidence beside the catalogue: complete, as the recordings say, with a reason for what is missing."""

from __future__ import annotations

import pytest

from tests.support.evidence import modes, recorded
from windsock.airflow_versions import RELEASES
from windsock.statsd.drift.expected import expected
from windsock.statsd.evidence import Proof, evidence
from windsock.statsd.evidence_page import render, unrecorded
from windsock.statsd.unrecorded import PROVOKED_BY
from windsock.wire import shape

AGAIN = "run `make evidence`"


@pytest.mark.parametrize("line", RELEASES)
def test_every_name_of_the_catalogue_has_its_proof(line: str) -> None:
    known = {shape(name) for name, proofs in evidence().names.items() if line in proofs}
    assert known == set(expected(line)), AGAIN


@pytest.mark.parametrize("line", RELEASES)
def test_sent_is_what_a_recording_has(line: str) -> None:
    sent = {shape(name) for name, proofs in evidence().names.items() if proofs.get(line) is Proof.SENT}
    assert sent == recorded(line, expected(line)), AGAIN
    assert list(evidence().releases[line].recorded) == modes(line), AGAIN


@pytest.mark.parametrize("line", RELEASES)
def test_every_name_is_proved_by_something(line: str) -> None:
    assert [name for name, proofs in evidence().names.items() if proofs.get(line) is Proof.NONE] == []


def test_a_name_without_a_recording_says_what_would_provoke_it() -> None:
    assert set(unrecorded(evidence())) == set(PROVOKED_BY)


def test_no_airflow_has_an_unexplained_difference() -> None:
    assert {line: release.unexplained for line, release in evidence().releases.items()} == dict.fromkeys(
        RELEASES, 0
    )


def test_the_page_has_every_name_once() -> None:
    page = render()
    tables = page.split("## In the source, but in no recording")[0]
    assert [name for name in evidence().names if tables.count(f"| `{name}` |") != 1] == []
