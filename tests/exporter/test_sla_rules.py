"""`slas.yaml`: what it may say, and the one line for everything else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.exporter.sla_world import slas
from windsock.errors import BadInput
from windsock.sla import load


def _error(text: str, tmp_path: Path) -> str:
    path = tmp_path / "slas.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_whole_entry() -> None:
    (entry,) = slas(
        "slas:\n- {dag: finance_daily, finish_by: '06:30', timezone: Europe/Berlin, days: [mon, fri],"
        " name: books, team: finance, severity: ticket}"
    ).entries
    assert (entry.sla, entry.kind, entry.team, entry.severity) == ("books", "finish_by", "finance", "ticket")
    assert entry.deadline_text == "06:30 Europe/Berlin"
    assert entry.clock.weekdays == {0, 4}


def test_defaults() -> None:
    (entry,) = slas("slas: [{dag: finance_daily, max_age: 26h}]").entries
    assert (entry.sla, entry.severity, entry.team) == ("max_age", "page", None)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("26h", timedelta(hours=26)),
        ("90m", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("45s", timedelta(seconds=45)),
        ("1d12h", timedelta(hours=36)),
        ("366d", timedelta(days=366)),
    ],
)
def test_duration(text: str, limit: timedelta) -> None:
    assert slas(f"slas: [{{dag: a, max_age: {text}}}]").entries[0].limit == limit


def test_glob_and_id() -> None:
    found = slas("slas: [{dag: 'fin_*', max_age: 1d}, {dag: 'odd[1]', max_age: 2d}]")
    assert found.patterns == ("fin_*", "odd[1]")
    assert [found.matches(dag_id) for dag_id in ("fin_a", "FIN_a", "odd[1]", "odd1", "x")] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_example_of_the_documentation_is_valid() -> None:
    text = (Path(__file__).parents[2] / "docs" / "slas.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    assert [entry.sla for entry in slas(example).entries] == ["finish_by", "weekend", "max_age"]


def test_empty_list_is_allowed() -> None:
    assert slas("slas: []").entries == ()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  max_age: 1d",
            "slas.yaml:2: slas.0: give exactly one of finish_by and max_age",
            id="two kinds",
        ),
        pytest.param(
            "slas:\n- dag: a", "slas.yaml:2: slas.0: give exactly one of finish_by and max_age", id="no kind"
        ),
        pytest.param("slas:\n- max_age: 1d", "slas.yaml:2: slas.0.dag: is missing", id="no dag"),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  timezone: UTC",
            "slas.yaml:2: slas.0: timezone belongs to finish_by, max_age is the same on every day",
            id="zone of a max_age",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: 16:30",
            'slas.yaml:3: slas.0.finish_by: put the time in quotes, e.g. "16:30"',
            id="time without quotes",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '24:00'",
            'slas.yaml:3: slas.0.finish_by: expected a time of day from "00:00" to "23:59"',
            id="no such time",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '6:30'",
            'slas.yaml:3: slas.0.finish_by: expected a time of day from "00:00" to "23:59"',
            id="hour of one digit",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 3600",
            "slas.yaml:3: slas.0.max_age: expected a duration longer than 0s, e.g. 26h, 90m or 1d12h",
            id="duration without unit",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 0h",
            "slas.yaml:3: slas.0.max_age: expected a duration longer than 0s, e.g. 26h, 90m or 1d12h",
            id="no duration",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  timezone: Europe/Berln",
            "slas.yaml:4: slas.0.timezone: unknown time zone; did you mean Europe/Berlin",
            id="zone misspelt",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  timezone: ../../etc/passwd",
            "slas.yaml:4: slas.0.timezone: unknown time zone",
            id="zone that is a path",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  timezone: Europe",
            "slas.yaml:4: slas.0.timezone: unknown time zone",
            id="zone that is a folder",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  days: [monday]",
            "slas.yaml:4: slas.0.days.0: input should be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'",
            id="day misspelt",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  severity: critical",
            "slas.yaml:4: slas.0.severity: input should be 'page', 'ticket' or 'info'",
            id="severity misspelt",
        ),
        pytest.param(
            "slas:\n- dag: a\n  maxage: 1d",
            "slas.yaml:3: slas.0.maxage: unknown key; did you mean max_age? "
            "(known: dag, finish_by, timezone, days, max_age, name, team, severity)",
            id="key misspelt",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  max_age: 2d",
            "slas.yaml:4: slas.0.max_age: stands twice, first in line 3",
            id="key twice",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n- dag: a\n  max_age: 2d",
            "slas.yaml:4: slas.1.dag: a has the SLA max_age already, from a in line 2; give one",
            id="the same sla twice",
        ),
        pytest.param(
            "slas:\n- dag: 'fin_*'\n  max_age: 1d\n- dag: fin_a\n  max_age: 2d",
            "slas.yaml:4: slas.1.dag: fin_a has the SLA max_age already, from fin_* in line 2; give one of",
            id="id that a glob covers",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  name: x\n- dag: '*'\n  finish_by: '06:30'\n  name: x",
            "slas.yaml:5: slas.1.dag: * has the SLA x already, from a in line 2; give one",
            id="same name of another kind",
        ),
        pytest.param(
            "- dag: a", "slas.yaml:1: the file: expected a mapping with the keys slas", id="a bare list"
        ),
        pytest.param("", "slas.yaml:1: the file: expected a mapping with the keys slas", id="an empty file"),
        pytest.param("slas:\n- dag: [", "slas.yaml:2: not valid YAML", id="syntax"),
    ],
)
def test_mistake_is_one_line_with_file_line_key_and_what_is_valid(
    text: str, error: str, tmp_path: Path
) -> None:
    assert _error(text, tmp_path).startswith(error)


def test_different_names_let_two_slas_of_one_dag_stand_side_by_side() -> None:
    found = slas(
        "slas: [{dag: '*', max_age: 1d}, {dag: a, max_age: 2d, name: slow}, {dag: a, finish_by: '06:30'}]"
    )
    assert [entry.sla for entry in found.entries if entry.matches("a")] == ["max_age", "slow", "finish_by"]


def test_two_globs_may_overlap_and_the_first_wins() -> None:
    found = slas("slas: [{dag: 'a*', max_age: 1d}, {dag: '*b', max_age: 2d}]")
    entry = found.find("max_age", "ab")
    assert entry is not None
    assert entry.max_age == "1d"


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"slas\.yaml: cannot be read: No such file or directory"):
        load(tmp_path / "slas.yaml")
