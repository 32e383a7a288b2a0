"""What each panel of a Grafana reads, anybody's: so that one knows whose graph an upgrade empties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from windsock.remote import Remote


def shown(grafana: Remote) -> dict[str, tuple[str, ...]]:
    """Each panel, with its dashboard's title, -> its queries in PromQL; those without any are left out.

    Args:
        grafana: with a token or a user that may see the dashboards; what it may not see is not there.

    Raises:
        BadInput: it does not answer, or does not let us look.
    """
    found: dict[str, tuple[str, ...]] = {}
    try:
        for each in grafana.get("/api/search", type="dash-db", limit="5000"):
            board = grafana.get(f"/api/dashboards/uid/{quote(each['uid'], safe='')}")["dashboard"]
            for panel in _panels(board):
                if queries := tuple(_queries(panel)):
                    name = f'panel "{panel.get("title", "")}" of {each["title"]}'
                    found[name] = (*found.get(name, ()), *queries)
    except (KeyError, TypeError) as error:
        raise grafana.is_not(error) from error
    return found


def _panels(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in board.get("panels") or ():
        yield panel
        # Those of a collapsed row.
        yield from _panels(panel)


def _queries(panel: Mapping[str, Any]) -> Iterator[str]:
    for target in panel.get("targets") or ():
        if isinstance(target.get("expr"), str):
            yield target["expr"]
