"""The documentation as a site: it builds strictly, links lead somewhere, nothing comes from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.config import load_config

from docs import site_pages

ROOT = Path(__file__).parents[2]
_LOADING = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
_OF_THE_REPOSITORY = (
    "mkdocs.yml",
    "docs",
    "alerts/runbooks",
    "benchmarks",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)


def build(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=root,
        # Of the theme's makers, about versions to come.
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Looked(HTMLParser):
    """What a page links to, what it loads, and where one can jump on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.links.add(str(values["href"]))
        if values.get(_LOADING.get(tag, "")):
            self.loaded.add(str(values[_LOADING[tag]]))
        self.anchors |= {str(values[key]) for key in ("id", "name") if values.get(key)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Looked]:
    out = tmp_path_factory.mktemp("site").resolve()
    result = build(ROOT, out)
    assert result.returncode == 0, result.stdout + result.stderr
    # The page for addresses that do not exist is served at all of them: its links begin with a slash.
    found = [path for path in out.rglob("*.html") if path.name != "404.html"]
    return {path: Looked(path.read_text(encoding="utf-8")) for path in found}


def target(page: Path, link: str) -> Path:
    path = (page.parent / unquote(urlsplit(link).path)).resolve() if urlsplit(link).path else page
    return path / "index.html" if path.is_dir() else path


def test_every_guide_and_every_runbook_is_a_page(pages: dict[Path, Looked]) -> None:
    names = {path.parent.name for path in pages}
    runbooks = {path.stem.lower() for path in (ROOT / "alerts" / "runbooks").glob("*.md")} - {"readme"}
    assert runbooks | {"runbooks"} <= names
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"} <= names
    assert {"contributing", "changelog", "migration", "side-by-side", "benchmarks"} <= names


def test_every_link_on_the_site_leads_to_a_page_and_a_place_on_it(pages: dict[Path, Looked]) -> None:
    broken = [
        (page.parent.name, link)
        for page, looked in pages.items()
        for link in looked.links | looked.loaded
        if not urlsplit(link).scheme
        and (
            not target(page, link).is_file()
            or (
                urlsplit(link).fragment
                and unquote(urlsplit(link).fragment) not in pages[target(page, link)].anchors
            )
        )
    ]
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Looked]) -> None:
    outside = {link for looked in pages.values() for link in looked.loaded if urlsplit(link).netloc}
    top = min(pages, key=lambda path: len(path.parts)).parent
    for style in top.rglob("*.css"):
        outside |= set(re.findall(r"url\([\"']?(?:https?:)?//[^)]*", style.read_text(encoding="utf-8")))
    assert outside == set()


def test_a_page_without_a_place_comes_to_those_whose_name_begins_alike() -> None:
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.nav = [
        {"Metrics": [{"StatsD": "docs/statsd.md"}]},
        {"Runbooks": []},
        {"Project": [{"Results": []}]},
    ]
    sections = {
        name: pages for each in site_pages.on_config(config).nav or [] for name, pages in each.items()
    }
    assert "docs/statsd-lint.md" in sections["Metrics"]
    assert "docs/statsd.md" not in sections["Metrics"]
    assert "docs/dba.md" in sections["Project"]
    assert sections["Runbooks"][0] == "alerts/runbooks/README.md"
    assert {"AirflowSlaBreached": "alerts/runbooks/AirflowSlaBreached.md"} in sections["Runbooks"]


def test_links_that_lead_nowhere_stop_the_build_and_are_named(tmp_path: Path) -> None:
    for name in _OF_THE_REPOSITORY:
        source, copy = ROOT / name, tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.json", "*.py[co]"))
        else:
            shutil.copy(source, copy)
    guide = tmp_path / "docs" / "doctor.md"
    planted = "[x](nowhere.md) [x](alerts.md#no-such-heading) ![x](nowhere.png)"
    guide.write_text(f"{guide.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")
    result = build(tmp_path, tmp_path / "site")
    assert result.returncode == 1
    for said in ("nowhere.md", "no-such-heading", "nowhere.png"):
        assert said in result.stdout + result.stderr
