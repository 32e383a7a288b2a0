"""The lines of Airflow that Windsock knows, and how to name several of them."""

from __future__ import annotations

import re

# Each with the release that recordings, scans and tests were made with.
RELEASES = {
    "2.7": "2.7.3",
    "2.8": "2.8.4",
    "2.9": "2.9.3",
    "2.10": "2.10.5",
    "2.11": "2.11.2",
    "3.0": "3.0.6",
    "3.1": "3.1.8",
    "3.2": "3.2.2",
    "3.3": "3.3.2",
}
VERSIONS = tuple(RELEASES)


def since(first: str) -> tuple[str, ...]:
    """All lines from `first` on."""
    return VERSIONS[VERSIONS.index(first) :]


def until(last: str) -> tuple[str, ...]:
    """All lines up to and with `last`."""
    return VERSIONS[: VERSIONS.index(last) + 1]


def between(first: str, last: str) -> tuple[str, ...]:
    """All lines from `first` to `last`, both included."""
    return VERSIONS[VERSIONS.index(first) : VERSIONS.index(last) + 1]


AIRFLOW_2 = until("2.11")
AIRFLOW_3 = since("3.0")


def spans(versions: tuple[str, ...]) -> str:
    """Versions in words, neighbours joined: `2.7 to 2.11, 3.1`."""
    groups: list[list[str]] = []
    for version in VERSIONS:
        if version not in versions:
            continue
        before = VERSIONS.index(version) - 1
        if groups and VERSIONS.index(groups[-1][-1]) == before:
            groups[-1].append(version)
        else:
            groups.append([version])
    return ", ".join(group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in groups)


def spanned(text: str) -> tuple[str, ...]:
    """The versions that `spans` wrote; further words, such as `with edge3`, change nothing."""
    found = re.findall(r"(\d+\.\d+)(?: to (\d+\.\d+))?", text)
    return tuple(version for first, last in found for version in between(first, last or first))


def is_before(release: str, other: str) -> bool:
    """Whether a release such as `2.9.1` came before another; a line alone means its newest release."""
    numbers, others = (tuple(int(part) for part in re.findall(r"\d+", text)[:3]) for text in (release, other))
    return len(numbers) > 2 and numbers < others


def line_of(version: str) -> str | None:
    """The line that a version such as `3.3.2`, `3.3` or `2.11.0rc1` belongs to; None if it is not known."""
    line = ".".join(version.strip().lstrip("v").split(".")[:2])
    return line if line in RELEASES else None
