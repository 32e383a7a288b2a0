"""`owners.yaml`: which team a DAG belongs to, and how teams are reached.

Routing uses one label, `team`, and it is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from windsock.business_hours import BusinessHours
from windsock.receivers import Receivers, Smtp, Webhook
from windsock.yamlfile import Entry, load

DEFAULT_TEAM = "default"
# It becomes a label, a part of receivers' names and a matcher: nothing that any of them would have to escape.
_TEAM = r"^[A-Za-z0-9_.-]+$"


class Team(Entry):
    """One team and what belongs to it; every list holds globs, a match in any of them is enough."""

    team: str = Field(pattern=_TEAM)
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def has(
        self, *, dag_id: str | None, owners: Iterable[str], tags: Iterable[str], file: str | None
    ) -> bool:
        """Whether anything known of the DAG (or of a file without a DAG) matches this entry."""
        return (
            any(_matches(owner, self.owners) for owner in owners)
            or any(_matches(tag, self.tags) for tag in tags)
            or (dag_id is not None and _matches(dag_id, self.dags))
            or (file is not None and _matches(file, self.files))
        )


class Owners(Entry):
    """The whole file; the order of `teams` decides, the first match wins.

    Attributes:
        platform: the team that owns Airflow itself.
        receivers: team to its receivers; what a team lacks goes to those of `default`.
        business_hours: when tickets are sent; without it, whenever something happens.
        watchdog: hears the dead man's switch every minute, and raises the alarm when it stays away.
    """

    teams: tuple[Team, ...] = ()
    platform: str = Field(DEFAULT_TEAM, pattern=_TEAM)
    receivers: dict[str, Receivers] = Field(default_factory=dict)
    business_hours: BusinessHours | None = None
    watchdog: Webhook | None = None
    smtp: Smtp | None = None

    @field_validator("receivers")
    @classmethod
    def _known_teams(cls, value: dict[str, Receivers], info: ValidationInfo) -> dict[str, Receivers]:
        known = {team.team for team in info.data.get("teams", ())}
        known |= {DEFAULT_TEAM, info.data.get("platform", DEFAULT_TEAM)}
        for team in value:
            if team not in known:
                message = f"team {team} does not exist (known: {', '.join(sorted(known))})"
                raise ValueError(message)
        return value

    def team_for(
        self,
        *,
        dag_id: str | None = None,
        owners: Iterable[str] = (),
        tags: Iterable[str] = (),
        file: str | None = None,
    ) -> str:
        """The first team that matches an owner, tag, DAG pattern or file path; else `default`."""
        return self.entry_for(dag_id=dag_id, owners=owners, tags=tags, file=file) or DEFAULT_TEAM

    def entry_for(
        self,
        *,
        dag_id: str | None = None,
        owners: Iterable[str] = (),
        tags: Iterable[str] = (),
        file: str | None = None,
    ) -> str | None:
        """Like `team_for`, but None where no entry of the file matches."""
        if not self.teams:
            return None
        owners, tags = tuple(owners), tuple(tags)
        found = (t.team for t in self.teams if t.has(dag_id=dag_id, owners=owners, tags=tags, file=file))
        return next(found, None)


def read(path: Path | None) -> Owners:
    """The owners file, or no teams at all without one.

    Raises:
        BadInput: see `windsock.yamlfile.load`.
    """
    return Owners() if path is None else load(path, Owners)


def _matches(value: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(value, glob) for glob in globs)
