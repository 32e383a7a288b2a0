"""Configurations of Prometheus that the guides show: each is one, and shards as the text says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from demo.stack import programs

ROOT = Path(__file__).parents[2]
GUIDES = ("sizing.md", "existing.md", "kubernetes.md", "security.md", "install.md", "metadb.md", "doctor.md")
_BLOCK = re.compile(r"^```yaml\n(# prometheus\.yml: ([^\n]+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = {
    f"{guide}: {found[2]}": found[1]
    for guide in GUIDES
    for found in _BLOCK.finditer((ROOT / "docs" / guide).read_text(encoding="utf-8"))
}


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [programs.promtool(), *arguments], capture_output=True, text=True, timeout=300, check=False
    )


def test_the_guides_show_what_the_tests_look_for() -> None:
    assert {name.split(":")[0] for name in SHOWN} == {"sizing.md"}
    assert len(SHOWN) == 3


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_guide_shows_is_a_configuration(name: str, tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text(SHOWN[name], encoding="utf-8")
    result = promtool("check", "config", str(path))
    assert result.returncode == 0, result.stdout + result.stderr
    path.write_text(SHOWN[name].replace("labels", "lables"), encoding="utf-8")
    assert promtool("check", "config", str(path)).returncode != 0


def test_the_one_with_remote_write_is_one_of_an_agent_too(tmp_path: Path) -> None:
    (name,) = (name for name, text in SHOWN.items() if "remote_write" in text)
    path = tmp_path / "prometheus.yml"
    path.write_text(SHOWN[name], encoding="utf-8")
    result = promtool("check", "config", "--agent", str(path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_is_sent_on_is_all_that_the_rules_read() -> None:
    (text,) = (text for text in SHOWN.values() if "remote_write" in text)
    kept = re.compile(yaml.safe_load(text)["remote_write"][0]["write_relabel_configs"][0]["regex"])
    names = set()
    for path in (ROOT / "alerts" / "generated").glob("*.rules.yaml"):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                # What stands in front of labels or a range, or is one of ours.
                names |= set(re.findall(r"(?<![\w:])([a-z_]+)(?=[{\[])", rule["expr"]))
                names |= set(re.findall(r"\b(?:airflow|windsock)_\w+", rule["expr"]))
    assert len(names) > 30
    assert {name for name in names if not kept.fullmatch(name)} <= {"ALERTS"}


def test_both_exporters_of_an_airflow_are_of_the_same_shard(tmp_path: Path) -> None:
    (text,) = (text for text in SHOWN.values() if "hashmod" in text)
    path = tmp_path / "prometheus.yml"
    found: dict[str, dict[str, set[str]]] = {}
    for shard in ("0", "1"):
        path.write_text(text.replace('regex: "0"', f'regex: "{shard}"'), encoding="utf-8")
        for job in ("windsock", "airflow-statsd"):
            result = promtool("check", "service-discovery", "--timeout=5s", str(path), job)
            assert result.returncode == 0, result.stdout + result.stderr
            kept = [each["labels"] for each in json.loads(result.stdout) if each["labels"]]
            found.setdefault(shard, {})[job] = {labels["airflow"] for labels in kept}
    assert all(both["windsock"] == both["airflow-statsd"] for both in found.values()), found
    assert sorted(name for both in found.values() for name in both["windsock"]) == ["prod-eu", "prod-us"]
