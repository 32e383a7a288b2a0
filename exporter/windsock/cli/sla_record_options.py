"""What `windsock sla explain` and `windsock sla ack` share: the state directory, names, times."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from windsock import duration
from windsock.errors import BadInput

state_dir = click.option(
    "--state-dir",
    envvar="WINDSOCK_STATE_DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where `windsock serve` remembers what was.",
)
_FORMS = "write e.g. 2026-03-02T06:40Z, '2026-03-02 06:40' (UTC) or '2026-03-02 06:40 Europe/Berlin'"


def folder(given: Path | None) -> Path:
    """The state directory.

    Raises:
        UsageError: nobody said which.
    """
    if given is None:
        raise click.UsageError("which record? Give --state-dir or WINDSOCK_STATE_DIR as to `windsock serve`")
    return given


def moment(text: str, flag: str) -> datetime:
    """A point in time as people write it.

    Raises:
        BadInput: it is none.
    """
    words = text.strip().split()
    try:
        zone = ZoneInfo(words.pop()) if len(words) > 1 and ":" not in words[-1] else timezone.utc
        found = datetime.fromisoformat("T".join(words).replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(timezone.utc)
    except (ValueError, KeyError, OSError, OverflowError) as error:
        raise BadInput(f"{flag} {text}: is no time; {_FORMS}") from error


def ago(text: str, flag: str, now: datetime) -> datetime:
    """Like `moment`, or so long before now: `2h`, `3d`."""
    try:
        return now - timedelta(seconds=duration.seconds(text))
    except (ValueError, OverflowError):
        pass
    try:
        return moment(text, flag)
    except BadInput as error:
        raise BadInput(f"{error}, or how long ago, e.g. 2h") from error
