"""Which team a DAG belongs to: the first entry of owners.yaml that matches anything known of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from windsock.errors import BadInput
from windsock.owners import Owners, read

TEXT = """\
platform: data-platform
teams:
- team: finance
  owners: [finance, "cfo-*"]
  dags: ["fin_*"]
- team: commerce
  tags: [shop]
  owners: [finance]
  files: ["dags/shop/*"]
"""


@pytest.fixture
def owners(tmp_path: Path) -> Owners:
    path = tmp_path / "owners.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("known", "team"),
    [
        pytest.param({"owners": ["finance"]}, "finance", id="first of two entries with the owner"),
        pytest.param({"owners": ["cfo-office"]}, "finance", id="owner by glob"),
        pytest.param({"tags": ["x", "shop"]}, "commerce", id="any tag"),
        pytest.param({"dag_id": "fin_daily"}, "finance", id="DAG by glob"),
        pytest.param({"file": "dags/shop/a/b.py"}, "commerce", id="file below a folder"),
        pytest.param({"owners": ["ml"], "dag_id": "ml_training"}, "default", id="nobody's"),
        pytest.param({"tags": ["shop"], "dag_id": "fin_daily"}, "finance", id="order of the file decides"),
        pytest.param({"owners": ["Finance"]}, "default", id="case matters"),
        pytest.param({}, "default", id="nothing known"),
    ],
)
def test_team(owners: Owners, known: dict[str, Any], team: str) -> None:
    assert owners.team_for(**known) == team


def test_order_of_a_dags_owners_changes_nothing(owners: Owners) -> None:
    assert owners.team_for(owners=["ml", "finance"]) == owners.team_for(owners=["finance", "ml"]) == "finance"


def test_owners_may_be_a_generator(owners: Owners) -> None:
    assert owners.team_for(owners=(name for name in ["x"]), tags=(tag for tag in ["shop"])) == "commerce"


def test_platform_team(owners: Owners) -> None:
    assert owners.platform == "data-platform"


def test_without_a_file_everything_is_defaults() -> None:
    assert read(None).team_for(owners=["finance"]) == "default"
    assert read(None).platform == "default"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("teams:\n- owners: [a]", ":2: teams.0.team: is missing", id="no team"),
        pytest.param(
            "teams:\n- team: 'a b'", ":2: teams.0.team: string should match pattern", id="space in a name"
        ),
        pytest.param(
            "teams:\n- team: a\n  owner: [x]",
            ":3: teams.0.owner: unknown key; did you mean owners?",
            id="misspelt",
        ),
    ],
)
def test_mistake_names_its_place(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "owners.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}{error}")
