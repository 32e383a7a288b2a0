"""`windsock statsd lint`: each class of mistakes at its place, and nothing where nothing is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mapping_mistakes import CLEAN, MISTAKES
from tests.support.statsd import ROOT
from windsock.airflow_versions import VERSIONS
from windsock.cli.statsd import statsd
from windsock.errors import BadInput
from windsock.statsd.engine.dialect import V0_30
from windsock.statsd.lint.codes import CODES
from windsock.statsd.lint.defects import DEFECTS, Defect
from windsock.statsd.lint.run import lint

_GENERATED = sorted((ROOT / "exporter" / "generated" / "statsd").glob("*.yml"))
_GUARD = "- {match: '^$', match_type: regex, name: nameless, action: drop}\n"


def _codes(text: str, **options: str) -> list[tuple[str, int]]:
    return [(one.code.id, one.line) for one in lint(text, airflow=options.get("airflow"))]


@pytest.mark.parametrize(
    ("code", "text"), [(one.code, one.text) for one in MISTAKES], ids=lambda value: str(value)[:40]
)
def test_a_mistake_is_found_where_it_stands(code: str, text: str) -> None:
    marked = [number for number, line in enumerate(text.splitlines(), start=1) if line.endswith("# here")]
    airflow = "2.11" if "# Airflow 2.11" in text else ""
    found = _codes(text, **({"airflow": airflow} if airflow else {}))
    assert (code, *marked) in found


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.title)
def test_a_defect_from_the_field_is_found(defect: Defect) -> None:
    assert defect.code in {one.code.id for one in lint(defect.mapping)}


def test_every_code_has_a_mistake() -> None:
    assert {one.code for one in MISTAKES} == set(CODES)


@pytest.mark.parametrize("path", _GENERATED, ids=lambda path: path.stem)
def test_a_mapping_of_ours_has_no_finding(path: Path) -> None:
    assert lint(path.read_text()) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_ours_for_a_version_has_no_finding_with_that_version(version: str) -> None:
    for profile in ("tags", "plain", "dogstatsd"):
        path = ROOT / "exporter" / "generated" / "statsd" / f"airflow-{version}-{profile}.yml"
        assert lint(path.read_text(), airflow=version) == []


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_mapping_by_hand_has_no_finding(name: str) -> None:
    assert lint(CLEAN[name]) == []


@given(st.text(max_size=300))
def test_any_text_is_linted(text: str) -> None:
    for finding in lint(text):
        assert finding.line >= 1


def test_an_older_release_only_passes_over_unknown_keys() -> None:
    text = f"mappings:\n- {{match: a, name: one, timer_type: summary, matsch: b}}\n{_GUARD}"
    assert [one.code.id for one in lint(text, dialect=V0_30)] == ["WS102"]
    assert [one.code.id for one in lint(text)] == ["WS102", "WS103"]


def test_an_ignore_with_a_reason_puts_a_finding_aside() -> None:
    rule = "- {match: 'a.b', match_type: regex, name: one}"
    beside = f"mappings:\n{rule}  # windsock: ignore WS206 ours\n{_GUARD}"
    assert [one.code.id for one in lint(beside)] == ["WS207"]
    above = f"mappings:\n# windsock: ignore WS206, WS207 nobody else sends here\n{rule}\n{_GUARD}"
    assert lint(above) == []


def _run(tmp_path: Path, text: str, *arguments: str) -> tuple[int, str]:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    result = CliRunner().invoke(statsd, ["lint", str(path), *arguments])
    return result.exit_code, result.output


_BAD = f"mappings:\n- {{match: a.*.c, name: one}}\n- {{match: a.*, name: two}}\n{_GUARD}"


def test_errors_and_warnings_end_with_1_and_say_place_reason_and_fix(tmp_path: Path) -> None:
    code, output = _run(tmp_path, _BAD)
    assert code == 1
    assert "mapping.yml:3: error WS201: `a.*` never matches: `a.*.c` stands before it" in output
    assert "Fix: Put the shorter rule before the longer one." in output
    assert output.endswith("1 error.\n")


def test_info_ends_with_0(tmp_path: Path) -> None:
    text = f"mappings:\n- {{match: a, match_metric_type: observer, name: one_seconds}}\n{_GUARD}"
    assert _run(tmp_path, text)[0] == 0


def test_formats_for_programs_say_the_same(tmp_path: Path) -> None:
    (row,) = json.loads(_run(tmp_path, _BAD, "--format", "json")[1])
    assert (row["code"], row["line"], row["severity"]) == ("WS201", 3, "error")
    (result,) = json.loads(_run(tmp_path, _BAD, "--format", "sarif")[1])["runs"][0]["results"]
    assert result["ruleId"] == "WS201"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert ",line=3,title=WS201::" in _run(tmp_path, _BAD, "--format", "github")[1]


def test_explain_says_what_a_code_means() -> None:
    result = CliRunner().invoke(statsd, ["lint", "--explain", "WS201"])
    assert result.exit_code == 0
    assert result.output.startswith("WS201 (error): glob behind a longer one")
    everything = CliRunner().invoke(statsd, ["lint", "--explain", "all"]).output
    assert all(code in everything for code in CODES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--explain", "WS999"], "no code 'WS999'"),
        ([], "FILE: name a mapping file"),
        (["x.yml", "--format", "xml"], "no format 'xml' (choices: text, json, sarif, github)"),
        (["x.yml", "--airflow", "1.10"], "no catalogue for Airflow '1.10'"),
        (["x.yml", "--exporter", "0.1"], "no release '0.1'"),
        (["/nowhere.yml"], "/nowhere.yml: cannot be read: No such file or directory"),
    ],
)
def test_what_the_user_gave_wrong_is_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(statsd, ["lint", *arguments])
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
