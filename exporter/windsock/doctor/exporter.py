"""`windsock serve`: alive, of this version, and with new figures."""

from __future__ import annotations

import time
from collections.abc import Iterator

from windsock import __version__
from windsock.catalog import metadb
from windsock.doctor.finding import Finding, ok, wrong
from windsock.doctor.numbers import Page
from windsock.remote import Remote

_OLD_SECONDS = 90.0
_LOG = "its log says why; `windsock db check` says what the role lacks"


def look(service: Remote) -> Iterator[Finding]:
    """What its `/metrics` tells.

    Raises:
        BadInput: it does not answer.
    """
    page = Page.parse(service.text("/metrics"))
    if str(metadb.BUILD_INFO) not in page.names:
        yield wrong(
            "exporter/reached",
            f"{service.url} is no windsock",
            "give the address of `windsock serve`, port 9112",
        )
        return
    if page.total(str(metadb.METADB_UP)) != 1:
        yield wrong("exporter/reached", f"{service.url} does not reach the database", _LOG)
    else:
        yield ok("exporter/reached", f"{service.url} answers and reaches the database")
    (version,) = {sample.labels["version"] for sample in page.of(str(metadb.BUILD_INFO))}
    yield (
        ok("exporter/version", f"it is windsock {version}")
        if version == __version__
        else wrong(
            "exporter/version",
            f"it is windsock {version}, and this command {__version__}",
            "install the same version here and there, then build rules and dashboards again",
        )
    )
    yield _fresh(page)
    failing = sorted(s.labels["collector"] for s in page.of(str(metadb.COLLECTOR_SUCCESS)) if not s.value)
    yield (
        wrong("exporter/collectors", f"these collectors fail: {', '.join(failing)}", _LOG)
        if failing
        else ok("exporter/collectors", "every collector succeeds")
    )


def _fresh(page: Page) -> Finding:
    age = time.time() - page.total(str(metadb.SNAPSHOT))
    if age <= _OLD_SECONDS:
        return ok("exporter/fresh", f"figures are {max(age, 0.0):.0f} s old")
    return wrong(
        "exporter/fresh",
        f"figures are {age:.0f} s old",
        f"it hangs, or its clock differs from this machine's; {_LOG}",
    )
