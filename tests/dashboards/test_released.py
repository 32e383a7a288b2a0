"""Whoever upgrades reads in the changelog which dashboards have changed."""

from __future__ import annotations

import re
from pathlib import Path

from windsock_dashboards import build, compare

ROOT = Path(__file__).parents[2]


def test_the_changelog_names_every_dashboard_that_differs_from_the_last_release() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (unreleased,) = re.findall(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    built = {board["uid"]: board for board in build.boards(build.Settings())}
    changes = compare.changes(compare.read(ROOT / "dashboards" / "released"), built)
    forgotten = [change for change in changes if f"`{change.uid}`" not in unreleased]
    assert not forgotten, (
        "CHANGELOG.md, Unreleased, does not name: "
        + ", ".join(f"`{change.uid}` ({change.sentences[0]})" for change in forgotten)
        + ". Say there what a reader of the dashboard notices; all of it: "
        "windsock dashboards diff dashboards/released dashboards/generated"
    )
