"""Generated files: written once, compared byte for byte, leftovers named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from windsock import artifact
from windsock.artifact import Artifact
from windsock.cli import root
from windsock.errors import BadInput
from windsock.generated import artifacts

CHECKOUT = Path(__file__).parents[2]


def test_what_is_written_is_not_drifted(tmp_path: Path) -> None:
    known = [Artifact("a/generated/one.yaml", lambda: "one\n")]
    assert artifact.write(known, tmp_path) == ["a/generated/one.yaml"]
    assert artifact.drifted(known, tmp_path) == []
    assert artifact.write(known, tmp_path) == []


@pytest.mark.parametrize("text", ["one\nmore\n", "", None], ids=["changed", "emptied", "missing"])
def test_a_file_that_differs_is_drifted(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "one.yaml").write_text(text)
    assert artifact.drifted([Artifact("one.yaml", lambda: "one\n")], tmp_path) == ["one.yaml"]


def test_a_file_in_a_generated_folder_that_nothing_generates_is_a_stray(tmp_path: Path) -> None:
    known = [Artifact("a/generated/one.yaml", lambda: "one\n"), Artifact("docs/page.md", lambda: "page\n")]
    artifact.write(known, tmp_path)
    (tmp_path / "a/generated/old.yaml").write_text("old")
    (tmp_path / "docs/guide.md").write_text("by hand")
    assert artifact.strays(known, tmp_path) == ["a/generated/old.yaml"]


def test_long_texts_are_blocks_and_keys_keep_their_order() -> None:
    text = artifact.to_yaml({"b": "one\ntwo\n", "a": [1]})
    assert text == artifact.HEADER + "b: |\n  one\n  two\na:\n  - 1\n"
    assert yaml.safe_load(text) == {"b": "one\ntwo\n", "a": [1]}


def test_every_generated_file_is_the_same_text_at_every_call() -> None:
    assert [a.path for a in artifacts() if a.render() != a.render()] == []


def test_every_generated_file_of_this_checkout_is_fresh() -> None:
    known = artifacts()
    assert artifact.drifted(known, CHECKOUT) == []
    assert artifact.strays(known, CHECKOUT) == []


def test_check_names_the_file_that_drifted_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "exporter" / "windsock").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", "from windsock.cli import main; main()", "generate", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "docs/metrics.md: differs from what the code says; run `windsock generate`" in done.stderr


def test_outside_a_checkout_generate_says_what_users_run_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(root, ["generate"])
    assert isinstance(result.exception, BadInput)
    assert "windsock alerts build" in str(result.exception)
