"""The JSON Schema of `slas.yaml` says what the file's own reader says, as far as a schema can."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from windsock.sla.rules import Sla
from windsock.sla.schema import PATH, render

REPOSITORY = Path(__file__).parents[2]
SCHEMA = json.loads(render())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_it_is_a_schema_and_the_committed_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert (REPOSITORY / PATH).read_text(encoding="utf-8") == render()


@pytest.mark.parametrize("path", ["demo/slas.yaml", "tests/e2e/slas.yaml"])
def test_files_that_we_write_are_valid(path: str) -> None:
    VALIDATOR.validate(yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8")))


def test_example_of_the_documentation_is_valid() -> None:
    text = (REPOSITORY / "docs" / "slas.md").read_text(encoding="utf-8")
    VALIDATOR.validate(yaml.safe_load(text.split("```yaml\n", 1)[1].split("```", 1)[0]))


def test_every_key_has_a_description() -> None:
    for model in ("Sla", "Defaults"):
        assert all("description" in key for key in SCHEMA["$defs"][model]["properties"].values())
    assert set(SCHEMA["$defs"]["Sla"]["properties"]) == set(Sla.model_fields)


@pytest.mark.parametrize(
    "text",
    [
        "slas: [{dag: a}]",
        "slas: [{max_age: 1d}]",
        "slas: [{dag: a, max_age: 1d, finish_by: '06:30'}]",
        "slas: [{dag: a, maxage: 1d}]",
        "slas: [{dag: a, max_age: 3600}]",
        "slas: [{dag: a, finish_by: 16:30}]",
        "slas: [{dag: a, finish_by: '24:00'}]",
        "slas: [{dag: a, max_age: 1d, days: [mon]}]",
        "slas: [{dag: a, success_ratio: 90% of 20, grace: 5m}]",
        "slas: [{dag: a, max_age: 1d, severity: critical}]",
        "slas: [{dag: a, max_age: 1d, runbook: 'javascript:alert(1)'}]",
        "slas: [{dag: a, finish_by: '06:30', holidays: NO}]",
        "defaults: {team: x}",
        "- {dag: a, max_age: 1d}",
    ],
)
def test_what_an_editor_can_see_to_be_wrong_is_refused(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "slas: [{dag: a, max_run_time: 1.5x, tier: 1}]",
        "slas: [{tag: a, finish_by: '06:30', holidays: [DE-BY, AT], days: [mon]}]",
        "slas: [{of_team: a, success_ratio: 90% of 20 runs}]",
        "defaults: {timezone: UTC, grace: 5m, tier: gold}\ndag_tags: false",
    ],
)
def test_what_is_right_is_valid(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))
