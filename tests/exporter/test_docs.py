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
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md", "alerts/runbooks/*.md")
    for path in CHECKOUT.glob(pattern)
)
_LINK = re.compile(r"\]\((?P<path>[^)#:\s]*)(?:#(?P<heading>[^)\s]+))?\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def _anchors(text: str) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


def _leads_somewhere(page: str, link: re.Match[str]) -> bool:
    target = (CHECKOUT / page).parent / link["path"] if link["path"] else CHECKOUT / page
    if link["heading"] is None:
        return target.exists()
    return target.is_file() and link["heading"] in _anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    broken = [found[0] for found in _LINK.finditer(text) if not _leads_somewhere(page, found)]
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
    shown = re.findall(
        r"(?:^ {4,}|`|^)windsock ((?:[a-z][a-z-]* )*[a-z][a-z-]*)((?: --[a-z.-]+)*)", text, re.MULTILINE
    )
    for words, _ in shown:
        result = CliRunner().invoke(root, [*words.split(), "--help"])
        assert result.exit_code == 0, f"windsock {words}: {result.output}"


def test_every_test_that_the_page_of_faults_names_is_there() -> None:
    text = (CHECKOUT / "docs" / "metadb-faults.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    there = {
        name
        for path in (CHECKOUT / "tests").glob("**/test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 30
    assert named - there == set()
