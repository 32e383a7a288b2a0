"""What the documentation names exists: files, headings, make targets, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from windsock.cli import root

CHECKOUT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(CHECKOUT).as_posix()
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md", "alerts/runbooks/*.md")
    for path in CHECKOUT.glob(pattern)
)
_LINK = re.compile(r"\]\((?P<path>[^)#:\s]*)(?:#(?P<heading>[^)\s]+))?\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def _anchors(text: str) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    broken = []
    for found in _LINK.finditer(text):
        target = (CHECKOUT / page).parent / found["path"] if found["path"] else CHECKOUT / page
        anchors = _anchors(target.read_text(encoding="utf-8")) if target.is_file() else set()
        if not target.exists() or (found["heading"] and found["heading"] not in anchors):
            broken.append(found[0])
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^ {4,}|`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert named - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_windsock_command_that_is_shown_is_one(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    shown = re.findall(r"(?:^ {4,}|`|^)windsock ((?:[a-z]+ )*[a-z]+)((?: --[a-z.-]+)*)", text, re.MULTILINE)
    for words, _ in shown:
        result = CliRunner().invoke(root, [*words.split(), "--help"])
        assert result.exit_code == 0, f"windsock {words}: {result.output}"
