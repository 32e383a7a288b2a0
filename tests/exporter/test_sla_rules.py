"""`slas.yaml`: what it may say, and the one line for everything else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest

from tests.exporter.sla_world import slas
from windsock.errors import BadInput
from windsock.sla import Register, load
from windsock.sla.rules import Looks, Ratio


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


def test_defaults_hold_where_an_entry_says_nothing_and_only_for_kinds_that_have_the_key() -> None:
    first, second, third = slas(
        "defaults: {timezone: Asia/Tokyo, holidays: [JP], grace: 5m, severity: ticket, tier: 2}\n"
        "slas:\n- {dag: a, finish_by: '06:30', timezone: UTC}\n- {dag: a, max_age: 1d, severity: page}\n"
        "- {dag: a, success_ratio: 90% of 20}"
    ).entries
    assert (first.timezone, first.holidays, first.grace, first.severity) == ("UTC", ("JP",), "5m", "ticket")
    assert (second.timezone, second.holidays, second.grace, second.severity) == ("UTC", (), "5m", "page")
    assert (third.grace, third.tier) == (None, "2")


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("", "ticket"),
        (", severity: info", "info"),
        (", severity: ticket", "ticket"),
        (", at_risk_severity: page", "page"),
        (", severity: info, at_risk_severity: ticket", "ticket"),
    ],
)
def test_severity_at_risk_is_a_ticket_and_no_more_than_an_info_breach(text: str, severity: str) -> None:
    assert slas(f"slas: [{{dag: a, max_age: 1d{text}}}]").entries[0].severity_at_risk == severity


@pytest.mark.parametrize(
    ("text", "runs", "failures"),
    [("90% of 20", 20, 2), ("95% of 20 runs", 20, 1), ("99% of 100", 100, 1), ("50% of 3", 3, 1)],
)
def test_ratio_is_how_many_of_the_last_runs_may_fail(text: str, runs: int, failures: int) -> None:
    assert slas(f"slas: [{{dag: a, success_ratio: {text}}}]").entries[0].ratio == Ratio(runs, failures)


@pytest.mark.parametrize(("text", "factor"), [("2x", 2.0), ("1.25x", 1.25), ("45m", None)])
def test_run_time_is_a_duration_or_a_multiple(text: str, factor: float | None) -> None:
    assert slas(f"slas: [{{dag: a, max_run_time: {text}}}]").entries[0].factor == factor


@pytest.mark.parametrize(
    ("entry", "matching"),
    [
        ("tag: critical", ["a"]),
        ("tag: 'crit*'", ["a", "c"]),
        ("of_team: finance", ["a", "b"]),
        ("tag: 'crit*', of_team: finance", ["a"]),
        ("dag: '[bc]', tag: 'crit*'", ["c"]),
        ("tag: Critical", []),
    ],
)
def test_selectors_are_tags_teams_and_ids_and_all_that_are_given_must_fit(
    entry: str, matching: list[str]
) -> None:
    register = Register(slas(f"slas: [{{{entry}, max_age: 1d}}]"))
    dags = [("a", ("critical", "x"), "finance"), ("b", (), "finance"), ("c", ("crit_2",), "sales")]
    assert [each[0] for each in dags if register.of(register.looks(*each)).promises] == matching


def test_five_thousand_entries_are_read_in_seconds() -> None:
    entries = "".join(f"- {{dag: dag_{number}, max_age: 1d}}\n" for number in range(5000))
    register = Register(slas("slas:\n" + entries))
    started = perf_counter()
    assert all(register.of(Looks(f"dag_{number}")).promises for number in range(5000))
    assert perf_counter() - started < 2


def test_glob_and_id() -> None:
    found = slas("slas: [{dag: 'fin_*', max_age: 1d}, {dag: 'odd[1]', max_age: 2d}]")
    register = Register(found)
    assert [
        bool(register.of(Looks(dag_id)).promises) for dag_id in ("fin_a", "FIN_a", "odd[1]", "odd1", "x")
    ] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_example_of_the_documentation_is_valid() -> None:
    text = (Path(__file__).parents[2] / "docs" / "slas.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    found = slas(example).entries
    assert [entry.sla for entry in found] == [
        *("finish_by", "weekend", "max_age", "max_run_time", "max_start_delay"),
        *("max_age:publish", "finish_by:s3://lake/orders", "success_ratio"),
    ]
    berlin = {entry.sla for entry in found if entry.timezone == "Europe/Berlin"}
    assert berlin == {"finish_by", "weekend", "finish_by:s3://lake/orders"}


def test_empty_list_is_allowed() -> None:
    assert slas("slas: []").entries == ()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  max_age: 1d",
            "slas.yaml:2: slas.0: give exactly one of finish_by, max_age, max_run_time, "
            "max_start_delay and success_ratio",
            id="two kinds",
        ),
        pytest.param(
            "slas:\n- dag: a",
            "slas.yaml:2: slas.0: give exactly one of finish_by, max_age, max_run_time, "
            "max_start_delay and success_ratio",
            id="no kind",
        ),
        pytest.param(
            "slas:\n- max_age: 1d",
            "slas.yaml:2: slas.0: says of no DAG: give dag, tag or of_team",
            id="no dag",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  timezone: UTC",
            "slas.yaml:2: slas.0: timezone belongs to finish_by, not to max_age",
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
            "slas:\n- dag: a\n  finish_by: '06:30'\n  holidays: XX",
            "slas.yaml:4: slas.0.holidays: unknown country XX",
            id="holidays of an unknown country",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  holidays: DE-XX",
            "slas.yaml:4: slas.0.holidays: unknown region XX of DE (known: Augsburg, BB, BE",
            id="holidays of an unknown region",
        ),
        pytest.param(
            "slas:\n- dag: a\n  finish_by: '06:30'\n  holidays: NO",
            "slas.yaml:4: slas.0.holidays: put the country in quotes",
            id="country that YAML reads as false",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  holidays: DE",
            "slas.yaml:2: slas.0: holidays belongs to finish_by, not to max_age",
            id="holidays of a max_age",
        ),
        pytest.param(
            "slas:\n- dag: a\n  success_ratio: 90% of 20\n  grace: 5m",
            "slas.yaml:2: slas.0: grace belongs to finish_by and max_age",
            id="grace of a ratio",
        ),
        pytest.param(
            "slas:\n- dag: a\n  success_ratio: 99% of 20",
            "slas.yaml:3: slas.0.success_ratio: one failure in 20 runs leaves 95%, so a single miss",
            id="ratio that one failure breaks",
        ),
        pytest.param(
            "slas:\n- dag: a\n  success_ratio: 100% of 20",
            "slas.yaml:3: slas.0.success_ratio: expected a share of the last runs",
            id="ratio of all",
        ),
        pytest.param(
            "slas:\n- dag: a\n  success_ratio: 0.9",
            'slas.yaml:3: slas.0.success_ratio: expected a share of the last runs, e.g. "90% of 20"',
            id="ratio without runs",
        ),
        pytest.param(
            "slas:\n- dag: a\n  success_ratio: 90% of 101",
            "slas.yaml:3: slas.0.success_ratio: expected more than 0% of 2 to 100 runs",
            id="ratio of too many runs",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_run_time: 0.5x",
            "slas.yaml:3: slas.0.max_run_time: expected more than 1x",
            id="multiple below one",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_run_time: twice",
            "slas.yaml:3: slas.0.max_run_time: expected a duration such as 45m, or a multiple",
            id="run time that is neither",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  runbook: javascript:alert(1)",
            "slas.yaml:4: slas.0.runbook: string should match pattern",
            id="run book that is no address",
        ),
        pytest.param(
            "slas:\n- dag: a\n  max_age: 1d\n  tier: very important",
            "slas.yaml:4: slas.0.tier: string should match pattern",
            id="tier of many words",
        ),
        pytest.param(
            "slas: []\ndefaults: {team: x}",
            "slas.yaml:2: defaults.team: unknown key",
            id="team as a default",
        ),
        pytest.param(
            "slas:\n- tag: x\n  max_age: 1d\n- tag: x\n  max_age: 2d",
            "slas.yaml:4: slas.1.tag: tag x has the SLA max_age already, from tag x in line 2",
            id="the same tag twice",
        ),
        pytest.param(
            "slas:\n- dag: a\n  maxage: 1d",
            "slas.yaml:3: slas.0.maxage: unknown key; did you mean max_age? "
            "(known: dag, tag, of_team, task, asset, finish_by, max_age, max_run_time, "
            "max_start_delay, success_ratio, timezone, days, holidays, grace, objective, name, "
            "team, tier, runbook, severity, at_risk_severity)",
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
            "- dag: a", "slas.yaml:1: the file: expected a mapping with the keys defaults,", id="a bare list"
        ),
        pytest.param("", "slas.yaml:1: the file: expected a mapping with the keys", id="an empty file"),
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
    assert [entry.sla for entry in found.entries if entry.matches(Looks("a"))] == [
        "max_age",
        "slow",
        "finish_by",
    ]


def test_two_globs_may_overlap_and_the_first_wins() -> None:
    found = slas("slas: [{dag: 'a*', max_age: 1d}, {dag: '*b', max_age: 2d}]")
    (promise,) = Register(found).of(Looks("ab")).promises
    assert promise.entry.max_age == "1d"


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"slas\.yaml: cannot be read: No such file or directory"):
        load(tmp_path / "slas.yaml")
