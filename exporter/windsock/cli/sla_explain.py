"""`windsock sla explain`: why an SLA stands as it does, or stood as it did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import click

from windsock.cli import sla_record_options as options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.pages.past import of_explanation
from windsock.sla.explaining import explain
from windsock.sla.record import Reader
from windsock.spoken import moment

_WAIT_SECONDS = 10.0
# A running `windsock serve` writes something every minute.
_OLD = timedelta(minutes=5)


@click.command(name="explain")
@click.argument("dag_id", metavar="DAG")
@click.option("--sla", help="Only the SLA of this name.")
@click.option(
    "--at", metavar="TIME", help="A moment of the past: a time, or how long ago (2h, 3d). Now unless given."
)
@options.state_dir
@click.option(
    "--url",
    envvar="WINDSOCK_URL",
    help="Ask the `windsock serve` that answers there, e.g. http://127.0.0.1:9112.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@common
def command(
    *, dag_id: str, sla: str | None, at: str | None, state_dir: Path | None, url: str | None, form: str
) -> None:
    """Print step by step why the SLAs of a DAG stand as they do, or stood as they did.

    Reads the record in the --state-dir of `windsock serve`, also while that is stopped: what was promised,
    the deadline, the cause and what it was about (run, task, pool, queue), what was predicted, how it began
    and how it ended, what the platform was like. Of now it knows what was recorded last; with --url the
    running `windsock serve` is asked, which knows more.

    \b
    Example:
      windsock sla explain finance_daily --state-dir /var/lib/windsock
      windsock sla explain finance_daily --at '2026-03-02 06:40 Europe/Berlin' --state-dir /var/lib/windsock
      windsock sla explain finance_daily --at 3d --url http://127.0.0.1:9112 --format json
    """  # noqa: D301 (click reads the backspace)
    now = datetime.now(timezone.utc)
    then = options.ago(at, "--at", now) if at else None
    if url:
        found = _asked(url.rstrip("/"), dag_id, sla, then)
    else:
        reader = Reader(options.folder(state_dir))
        found = [of_explanation(each) for each in explain(reader, dag_id, now=now, sla=sla, at=then)]
        changed = reader.changed()
        if then is None and changed is not None and now - changed > _OLD:
            click.echo(f"as of {moment(changed)}: `windsock serve` has not written since", err=True)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for each in found:
        for line in _lines(each):
            click.echo(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    at = moment(datetime.fromisoformat(found["explained_at"].replace("Z", "+00:00")), found["timezone"])
    yield f"{found['dag_id']}: {found['sla']}: {found['standing'].replace('_', ' ')}, {at}"
    for number, sentence in enumerate(found["sentences"], start=1):
        yield f"  {number}. {sentence}"


def _asked(url: str, dag_id: str, sla: str | None, at: datetime | None) -> list[dict[str, Any]]:
    """What a running exporter says."""
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"--url {url}: begins with http:// or https://")
    query = {"sla": sla or "", "at": at.isoformat() if at else ""}
    address = f"{url}/api/v1/slas/{quote(dag_id, safe='')}/explanation?{urlencode(query)}"
    try:
        with urlopen(address, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 (http, as was checked)
            found: list[dict[str, Any]] = json.load(answer)["explanations"]
    except HTTPError as error:
        raise BadInput(_reason(error)) from error
    except (URLError, OSError) as error:
        raise BadInput(f"--url {url}: does not answer: {getattr(error, 'reason', error)}") from error
    except (ValueError, KeyError) as error:
        raise BadInput(f"--url {url}: is no `windsock serve`") from error
    return found


def _reason(error: HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"--url: {error.code} {error.reason}: is it a `windsock serve` of this version?"
