"""What changed between two sets of dashboards, in words: panels, queries, thresholds, units, variables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from windsock.errors import BadInput
from windsock_dashboards import panel_words
from windsock_dashboards.shapes.layout import every_panel

Dashboard = Mapping[str, Any]
# What says where a dashboard comes from, not what it shows.
_ORIGIN_TAGS = ("windsock-v", "content-")
_TOLD = {"title", "description", "tags", "panels", "templating", "uid"}


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one dashboard: each a sentence without a full stop."""

    uid: str
    title: str
    sentences: tuple[str, ...]


def read(path: Path) -> dict[str, Dashboard]:
    """The dashboards in a file or a folder of files, by uid.

    Raises:
        BadInput: nothing there, no JSON, no classic dashboard, or one uid in two files.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path}: no *.json in this folder")
    found: dict[str, Dashboard] = {}
    for file in files:
        dashboard = _read(file)
        if dashboard["uid"] in found:
            raise BadInput(f"{file}: uid {dashboard['uid']!r} stands in another file of {path} too")
        found[dashboard["uid"]] = dashboard
    return found


def changes(before: Mapping[str, Dashboard], after: Mapping[str, Dashboard]) -> list[Change]:
    """What changed, by uid; no `Change` where nothing did. Which Windsock made them does not count."""
    found = []
    for uid in sorted(before.keys() | after.keys()):
        if uid not in after:
            said: tuple[str, ...] = ("the dashboard was removed",)
        elif uid not in before:
            count = sum("targets" in panel for _, panel in every_panel(after[uid]))
            said = (f"the dashboard was added, with {count} panels",)
        else:
            was, now = content(before[uid]), content(after[uid])
            # What has no words of its own is where panels stand after others were resized.
            said = () if was == now else tuple(_of_dashboard(was, now)) or ("panels stand elsewhere",)
        if said:
            found.append(Change(uid, (after.get(uid) or before[uid])["title"], said))
    return found


def content_version(dashboard: Dashboard) -> str:
    """Eight digits that change with the content, and with nothing else."""
    canonical = json.dumps(content(dashboard), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def _read(file: Path) -> Dashboard:
    try:
        dashboard: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{file}: not JSON: {error}") from error
    if isinstance(dashboard, dict) and all(key in dashboard for key in ("uid", "title", "panels")):
        return dashboard
    raise BadInput(f"{file}: not a classic dashboard: it has no uid, title and panels")


def content(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard without what says where it comes from."""
    kept = dict(dashboard)
    kept["description"] = str(dashboard.get("description", "")).split("\n\n")[0]
    kept["tags"] = [tag for tag in dashboard.get("tags", ()) if not tag.startswith(_ORIGIN_TAGS)]
    return kept


def _of_dashboard(was: Dashboard, now: Dashboard) -> Iterator[str]:
    if was["title"] != now["title"]:
        yield f'renamed from "{was["title"]}"'
    if was["description"] != now["description"]:
        yield "described in other words"
    if was["tags"] != now["tags"]:
        yield f"tags {', '.join(was['tags'])} → {', '.join(now['tags'])}"
    yield from _of_variables(was, now)
    yield from _of_panels(was, now)
    for key in sorted((was.keys() | now.keys()) - _TOLD):
        if was.get(key) != now.get(key):
            yield f"`{key}` of the dashboard {panel_words.changed(was.get(key), now.get(key))}"


def _of_variables(before: Dashboard, after: Dashboard) -> Iterator[str]:
    was, now = _variables(before), _variables(after)
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            yield f"variable ${name} removed"
        elif name not in was:
            yield f"variable ${name} added"
        else:
            for key in sorted(was[name].keys() | now[name].keys()):
                if (old := was[name].get(key)) != (new := now[name].get(key)):
                    yield f"variable ${name}: {key} {panel_words.changed(old, new)}"
    if was.keys() == now.keys() and list(was) != list(now):
        yield f"variables in another order: {', '.join(now)}"


def _variables(dashboard: Dashboard) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in dashboard.get("templating", {}).get("list", ())}


def _of_panels(before: Dashboard, after: Dashboard) -> Iterator[str]:
    was = {panel["id"]: (row, panel) for row, panel in every_panel(before)}
    now = {panel["id"]: (row, panel) for row, panel in every_panel(after)}
    for number, (row, panel) in was.items():
        if number not in now:
            yield f"{_name(panel)} removed{_in_row(row)}"
    for number, (row, panel) in now.items():
        if number not in was:
            yield f"{_name(panel)} added{_in_row(row)}"
    moved = _moved([n for n in was if n in now], [n for n in now if n in was])
    for number, (row, panel) in now.items():
        if number in was:
            old_row, old = was[number]
            if old_row != row:
                yield f"{_name(panel)} moved{_in_row(old_row, 'from')}{_in_row(row, 'to')}"
            elif number in moved:
                yield f"{_name(panel)} moved among its neighbours"
            yield from (f"{_name(panel)}: {said}" for said in panel_words.sentences(old, panel))


def _moved(before: list[int], after: list[int]) -> set[int]:
    """Ids that stand elsewhere in the order; what only shifted because of others is not among them."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    kept = {number for block in matcher.get_matching_blocks() for number in before[block.a :][: block.size]}
    return set(before) - kept


def _name(panel: Mapping[str, Any]) -> str:
    kind = "row" if panel["type"] == "row" else "panel"
    return f'{kind} "{panel.get("title", "")}"'


def _in_row(row: str, word: str = "in") -> str:
    return f' {word} row "{row}"' if row else (f" {word} the top" if word != "in" else "")
