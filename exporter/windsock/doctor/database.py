"""The metadata database, as `windsock db check` looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from windsock.collect.collector import Context
from windsock.collect.default import COLLECTORS, wanted
from windsock.dba.check import check
from windsock.doctor.finding import Finding, ok, wrong
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.trouble import ReadError
from windsock.metadb.url import Address
from windsock.state import State

_KEEP = timedelta(days=90)


def look(address: Address) -> Iterator[Finding]:
    """Whether it answers, and each finding of the check.

    Raises:
        BadInput: it does not answer, or is not Airflow's.
    """
    source = Source(Database(address), wanted(), lenient=True)
    try:
        yield ok("database/reached", f"{address} answers, Airflow {source.schema.line}")
        context = Context(state=State(None))
        for found in check(source, [kind(context) for kind in COLLECTORS], keep=_KEEP):
            text = f"{found.subject}: {found.message}"
            yield ok("database/state", text) if found.ok else wrong("database/state", text, found.fix)
    except ReadError as error:
        yield wrong("database/reached", f"{address}: {error}", "see whether it is up and reached from here")
    finally:
        source.close()
