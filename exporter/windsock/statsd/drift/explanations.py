"""Differences between the catalogue and an installation that are known, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from windsock.statsd.drift.installation import Installation, numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a difference does not matter.

    Attributes:
        shape: regular expression for the whole name, ids as `{}`.
        status: of the row that it explains.
        lines: the Airflow lines for which it holds; empty for all.
        why: the reason, as the table prints it.
    """

    shape: str
    status: str
    lines: tuple[str, ...] = ()
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Names that come and go with the release of a provider, not with Airflow's.

    Attributes:
        shape: regular expression for the whole name, ids as `{}`.
        distribution: the provider.
        since: the first release that sends it; empty for every release that we know.
        until: the first release that no longer sends it.
    """

    shape: str
    distribution: str
    since: str = ""
    until: str = ""


EXPLANATIONS: tuple[Explanation, ...] = ()
PROVIDERS: tuple[Provider, ...] = ()


def explain(shape: str, status: str, line: str, installation: Installation) -> str:
    """The reason for a difference; empty where there is none."""
    if status == "gone" and (why := _provider(shape, installation)):
        return why
    for known in EXPLANATIONS:
        if known.status == status and re.fullmatch(known.shape, shape) and line in (known.lines or (line,)):
            return known.why
    return ""


def _provider(shape: str, installation: Installation) -> str:
    for known in PROVIDERS:
        if not re.fullmatch(known.shape, shape):
            continue
        version = installation.distributions.get(known.distribution)
        if version is None:
            return f"{known.distribution} is not installed"
        if known.since and numbers(version) < numbers(known.since):
            return f"sent since {known.distribution} {known.since}, installed is {version}"
        if known.until and numbers(version) >= numbers(known.until):
            return f"no longer sent since {known.distribution} {known.until}, installed is {version}"
    return ""
