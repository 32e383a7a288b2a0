"""What proves that an Airflow sends a name: read from `evidence.json`, which `make evidence` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("evidence.json")
# Whose sources are scanned beside Airflow's own.
PROVIDERS = ("amazon", "celery", "cncf-kubernetes", "edge3", "openlineage")


class Proof(str, Enum):
    """How sure we are that a name is sent, from the surest down. The value is what documentation prints."""

    SENT = "sent"
    SOURCE = "source"
    PROVIDER = "provider"
    DOCUMENTED = "documented"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One Airflow that was looked at.

    Attributes:
        airflow: its release.
        providers: release by name of the provider.
        recorded: the modes in which a recording of it exists.
        same: names on which the catalogue and the source agree.
        explained: differences with a known reason.
        unexplained: the others.
    """

    airflow: str
    providers: Mapping[str, str]
    recorded: tuple[str, ...]
    same: int
    explained: int
    unexplained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything in the file.

    Attributes:
        releases: by line of the catalogue.
        names: proof by line, for each name.
    """

    releases: Mapping[str, Release]
    names: Mapping[str, Mapping[str, Proof]]


@cache
def evidence() -> Evidence:
    """The committed evidence."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Evidence(
        releases={
            line: Release(**{**release, "recorded": tuple(release["recorded"])})
            for line, release in data["releases"].items()
        },
        names={
            name: {line: Proof(value) for line, value in proofs.items()}
            for name, proofs in data["names"].items()
        },
    )
