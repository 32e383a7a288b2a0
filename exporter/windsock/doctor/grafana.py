"""Grafana: are the dashboards there, and those of this version?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from windsock.doctor.finding import Finding, ok, wrong
from windsock.errors import BadInput
from windsock.remote import Remote

_BUILD = "windsock dashboards build, then provision what it wrote"
_CONTENT = "content-"


def look(service: Remote, ours: Mapping[str, str]) -> Iterator[Finding]:
    """Compare the dashboards there with ours, by uid and content.

    Args:
        service: Grafana, with a token or a user that may see the dashboards.
        ours: uid -> the tag that says which content it has.

    Raises:
        BadInput: it does not answer, or does not let us look.
    """
    found = service.get("/api/search", type="dash-db", limit="5000", tag="windsock")
    if not isinstance(found, list):
        raise BadInput(f"{service.url}: is no Grafana")
    yield ok("grafana/reached", f"{service.url} answers")
    there = {each["uid"]: each.get("tags") or [] for each in found}
    missing = [uid for uid in ours if uid not in there]
    if missing:
        yield wrong("grafana/dashboards", f"not there: {', '.join(missing)}", _BUILD)
    others = [uid for uid, tag in ours.items() if uid in there and tag not in there[uid]]
    if others:
        yield wrong(
            "grafana/dashboards",
            f"of another version, or changed: {', '.join(others)}",
            _BUILD,
        )
    if not missing and not others:
        yield ok("grafana/dashboards", f"all {len(ours)} are there, of this version")
