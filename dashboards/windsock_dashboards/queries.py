"""The queries of a built dashboard as Prometheus gets them, for tests and for trying them by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)")


def queries(
    dashboard: Mapping[str, Any],
    variables: Mapping[str, str],
    *,
    rate_interval: str = "5m",
    window: str = "6h",
) -> list[tuple[str, str]]:
    """Title of the panel and expression, variables and Grafana's macros replaced.

    No query of Windsock's dashboards holds `or vector(…)` or `absent(…)`: no result means no data.

    Args:
        dashboard: the JSON of `build.boards` or of a file.
        variables: values, as in `{"airflow": "prod"}`; unless given here, variables with All stand for
            all, and those that are typed in for what stands in them at first.
        rate_interval: what `$__rate_interval` becomes: at least four scrape intervals in Grafana.
        window: what `$__range` becomes.

    Raises:
        KeyError: a query uses a variable that has neither a value here nor All.
    """
    known = {"__rate_interval": rate_interval, "__range": window}
    known |= {v["name"]: v["allValue"] for v in dashboard["templating"]["list"] if "allValue" in v}
    known |= {v["name"]: v["query"] for v in dashboard["templating"]["list"] if v["type"] == "textbox"}
    known |= variables
    return [
        (panel["title"], _VARIABLE.sub(lambda found: known[found[1] or found[2]], target["expr"]))
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel that asks something, those in collapsed rows included."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel
