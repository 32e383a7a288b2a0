"""What differs between releases of statsd_exporter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from windsock.errors import BadInput


class Timestamp(Enum):
    """What `|T1656581400` behind a sample does."""

    IGNORED = "ignored"
    LOSES_SAMPLE = "the sample is lost"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of reading mappings and lines.

    Attributes:
        name: the release as users write it.
        strict: unknown and repeated keys are errors.
        deprecated: `timer_type`, `buckets`, `quantiles` and the type `timer` are known.
        whole_name: `$0` in a glob's template is the whole name; otherwise it is empty.
        timestamp: what `|T…` does.
        most_parts: parts between bars that a sample may have.
    """

    name: str
    strict: bool
    deprecated: bool
    whole_name: bool
    timestamp: Timestamp
    most_parts: int


V0_31 = Dialect(
    name="0.31",
    strict=True,
    deprecated=False,
    whole_name=True,
    timestamp=Timestamp.IGNORED,
    most_parts=6,
)
V0_30 = Dialect(
    name="0.30",
    strict=False,
    deprecated=True,
    whole_name=False,
    timestamp=Timestamp.LOSES_SAMPLE,
    most_parts=5,
)
DIALECTS = {dialect.name: dialect for dialect in (V0_31, V0_30)}


def dialect(name: str) -> Dialect:
    """The dialect of a release such as `0.31`.

    Raises:
        BadInput: it is not one of `DIALECTS`.
    """
    found = DIALECTS.get(name)
    if found is None:
        raise BadInput(f"--exporter: no release {name!r} (choices: {', '.join(DIALECTS)})")
    return found
