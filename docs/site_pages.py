"""Pages of the site (`mkdocs.yml`) from all over the repository, and what becomes of links to other files.

Every page is known by its path in the repository, so that a link means the same there and on the site. Its
address is shorter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
_RUNBOOKS, _RESULTS = "alerts/runbooks", "benchmarks/results"
_PAGES = (
    "docs/**/*.md",
    f"{_RUNBOOKS}/*.md",
    "benchmarks/*.md",
    f"{_RESULTS}/*.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)
_INDEX = "README.md"
_FILES = ("docs/**/*.png", "docs/**/*.svg", "docs/**/*.css")
# A link with its text; not an image, and not in a block of code, which is indented or fenced.
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<path>[^)#:\s]+)(?:#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill in the lists of runbooks and of results, and give each page that has no place one."""
    sections: dict[str, list[Any]] = {
        name: pages for each in config.nav or [] for name, pages in each.items()
    }
    sections["Runbooks"] += _titled(_RUNBOOKS)
    for entry in sections["Project"]:
        if isinstance(entry, dict) and "Results" in entry:
            entry["Results"] += _titled(_RESULTS)
    placed = {path: name for name, pages in sections.items() for path in _paths(pages)}
    for path in sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("docs/**/*.md")):
        if path not in placed:
            near = (name for known, name in placed.items() if _first_word(known) == _first_word(path))
            sections[next(near, "Project")].append(path)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Our pages and pictures in place of what stands in `docs/`; what the theme brings stays."""
    found = Files([each for each in files if each.src_dir != config.docs_dir])
    for pattern in (*_PAGES, *_FILES):
        for path in sorted(ROOT.glob(pattern)):
            found.append(_file(path.relative_to(ROOT).as_posix(), config))
    return found


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Links to files that are no pages become the name of the file; one called by its file gets its title."""
    here = PurePosixPath(page.file.src_uri).parent

    def target(link: re.Match[str]) -> str:
        path = normpath(str(here / link["path"]))
        if files.get_file_from_path(path) is not None:
            named = link["text"].endswith(".md")
            return link[0].replace(f"[{link['text']}]", f"[{_title(path)}]", 1) if named else link[0]
        if not (ROOT / path).exists():
            return link[0]
        return link["text"] if path in link["text"] else f"{link['text']} (`{path}`)"

    return _LINK.sub(target, markdown)


def _paths(pages: Any) -> Iterator[str]:
    """All pages of a part of the navigation."""
    if isinstance(pages, str):
        yield pages
    else:
        for each in pages.values() if isinstance(pages, dict) else pages:
            yield from _paths(each)


def _first_word(path: str) -> str:
    return PurePosixPath(path).stem.split("-")[0]


def _title(path: str) -> str:
    """The first heading."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))


def _titled(folder: str) -> list[str | dict[str, str]]:
    """Pages of a folder by their names; the one that says what is in it stands first."""
    names = sorted(
        (path.name for path in (ROOT / folder).glob("*.md")), key=lambda name: (name != _INDEX, name)
    )
    return [
        f"{folder}/{name}" if name == _INDEX else {name.removesuffix(".md"): f"{folder}/{name}"}
        for name in names
    ]


def _file(path: str, config: MkDocsConfig) -> File:
    made: Any = File.generated(config, path, abs_src_path=str(ROOT / path))
    short = path.removeprefix("docs/").removeprefix("alerts/")
    if path.endswith(".md"):
        stem = PurePosixPath(short).with_suffix("")
        folder = stem.parent if stem.name in {"index", "README"} else stem
        short = str(PurePosixPath(str(folder).lower()) / "index.html")
    made.dest_uri = short
    return made  # type: ignore[no-any-return]
