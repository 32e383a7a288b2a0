"""What a deployment gets: files for provisioning, ConfigMaps for the sidecar, its own dashboards besides."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from windsock.cli import root
from windsock.errors import BadInput
from windsock_dashboards import build, deliver

DOCS = Path(__file__).parents[2] / "docs" / "dashboards.md"
BUILT = build.boards(build.Settings())


def built(out: Path, *options: str) -> dict[str, str]:
    """File below `out` -> text."""
    command = ["dashboards", "build", "--out", str(out), *options]
    assert CliRunner().invoke(root, command, catch_exceptions=False).exit_code == 0
    return {
        file.relative_to(out).as_posix(): file.read_text(encoding="utf-8")
        for file in out.rglob("*")
        if file.is_file()
    }


def test_a_configmap_holds_the_dashboard_under_label_folder_and_namespace(tmp_path: Path) -> None:
    options = ["--folder", "Air flow", "--sidecar-label", "my.org/board=yes", "--namespace", "monitoring"]
    files = built(tmp_path, "--format", "configmap", *options)
    assert files.keys() == {f"{board['uid']}.configmap.yaml" for board in BUILT}
    for board in BUILT:
        made = yaml.safe_load(files[f"{board['uid']}.configmap.yaml"])
        assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")
        assert made["metadata"]["name"] == board["uid"]
        assert made["metadata"]["namespace"] == "monitoring"
        assert made["metadata"]["labels"]["my.org/board"] == "yes"
        assert made["metadata"]["annotations"] == {"grafana_folder": "Air flow"}
        assert json.loads(made["data"][f"{board['uid']}.json"]) == board


def test_without_options_the_sidecars_default_label_is_set_and_nothing_else(tmp_path: Path) -> None:
    (text,) = built(tmp_path, "--format", "configmap", "--only", "dag").values()
    metadata = yaml.safe_load(text)["metadata"]
    assert metadata["labels"]["grafana_dashboard"] == "1"
    assert "namespace" not in metadata
    assert "annotations" not in metadata


@pytest.mark.parametrize("name", ["dag", "windsock-dag"])
def test_one_dashboard_may_be_chosen_and_then_leads_to_no_missing_one(name: str, tmp_path: Path) -> None:
    files = built(tmp_path, "--only", name, "--folder", "Airflow")
    assert files.keys() == {"Airflow/windsock-dag.json"}
    links = json.loads(files["Airflow/windsock-dag.json"])["links"]
    assert [link["title"] for link in links if link["url"].startswith("/d/")] == []


def test_a_dashboard_too_large_for_a_configmap_is_refused() -> None:
    board = {"uid": "big", "text": "x" * deliver.CONFIGMAP_LIMIT}
    with pytest.raises(BadInput, match="big: 1048599 bytes, more than a ConfigMap may hold"):
        deliver.configmaps([board], deliver.Delivery())


def test_the_content_version_is_the_same_whatever_the_deployment_sets() -> None:
    theirs = build.boards(build.Settings(label="cluster", datasource="mimir"), only=["late"])
    (ours,) = [board for board in BUILT if board["uid"] == "windsock-late"]
    assert theirs[0]["tags"] == ours["tags"]
    (content,) = [tag for tag in ours["tags"] if tag.startswith("content-")]
    assert re.fullmatch(r"content-[0-9a-f]{8}", content)
    assert content.replace("-", " ") in ours["description"]


@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_each_says_for_which_airflow_and_grafana_it_is(board: dict[str, Any]) -> None:
    assert "for Airflow 2.7 to 3.3 and Grafana 11 to 13" in board["description"]


def test_panels_draw_the_thresholds_of_the_users_alerts(tmp_path: Path) -> None:
    own = tmp_path / "alerts.yaml"
    own.write_text("thresholds: {queue_stuck: 30m}\n", encoding="utf-8")
    (moved,) = built(tmp_path / "out", "--only", "queues", "--alerts-file", str(own)).values()
    assert '"value": 1800.0' in moved
    (ours,) = built(tmp_path / "ours", "--only", "queues").values()
    assert '"value": 1800.0' not in ours


def example() -> str:
    """The one in the documentation."""
    (found,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_documented_dashboard_of_ones_own_has_at_most_15_lines_and_builds(tmp_path: Path) -> None:
    assert len(example().splitlines()) <= 15
    own = tmp_path / "my_team.py"
    own.write_text(example(), encoding="utf-8")
    files = built(tmp_path / "out", "--own", str(own), "--only", "late")
    assert files.keys() == {"windsock-late.json", "my-team.json"}
    made = json.loads(files["my-team.json"])
    assert [variable["name"] for variable in made["templating"]["list"]] == [
        "datasource",
        "airflow",
        "windsock",
    ]
    assert any(tag.startswith("content-") for tag in made["tags"])
    assert "/d/windsock-late" in {link["url"] for link in made["links"]}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param("dags.OVERDUE", "dags.OVERDU", r"my_team, line \d+: there is no OVERDU in "
                     "windsock.catalog.dags; did you mean OVERDUE", id="metric"),
        pytest.param('"dag_id", where', '"dag", where', r"my_team, line \d+: 'dag' is no label of "
                     "airflow_dag_schedule_overdue_seconds; choose from dag_id", id="label"),
        pytest.param("),),", "),), unit=5,", r"my_team, line \d+: '5' is no unit; choose", id="unit"),
        pytest.param("title=", "titel=", r"my_team, line \d+: TypeError: .*titel", id="shape"),
        pytest.param("def board", "def bord", r"my_team\.py: it defines no function `board", id="no board"),
        pytest.param("def board(", "def board((", r"my_team\.py, line \d+: ", id="no Python"),
        pytest.param("my-team", "windsock-late", "uid 'windsock-late' is taken", id="uid"),
        pytest.param("return Board(", "return str(", r"my_team, line \d+: TypeError", id="no Board"),
    ],
)  # fmt: skip
def test_a_mistake_in_ones_own_names_file_and_line(
    before: str, after: str, message: str, tmp_path: Path
) -> None:
    own = tmp_path / "my_team.py"
    assert before in example()
    own.write_text(example().replace(before, after), encoding="utf-8")
    command = ["dashboards", "build", "--out", str(tmp_path), "--own", str(own)]
    with pytest.raises(BadInput, match=message) as caught:
        CliRunner().invoke(root, command, catch_exceptions=False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--only", "lat"], "no dashboard 'lat'; there are: assets, dag, ", id="only"),
        pytest.param(["--own", "/none.py"], "--own: /none.py: no such file", id="own"),
        pytest.param(["--folder", "a/b"], "--folder: 'a/b' is not", id="folder"),
        pytest.param(["--sidecar-label", "a"], "--sidecar-label: 'a' is not NAME=VALUE", id="label"),
        pytest.param(["--namespace", "A_b"], "--namespace: 'A_b' is not", id="namespace"),
    ],
)
def test_a_mistake_names_the_option_and_what_would_be_right(
    options: list[str], message: str, tmp_path: Path
) -> None:
    command = ["dashboards", "build", "--out", str(tmp_path), *options]
    with pytest.raises(BadInput, match=message):
        CliRunner().invoke(root, command, catch_exceptions=False)
