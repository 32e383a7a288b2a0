"""When tickets are sent: the key `business_hours` of `owners.yaml`."""

from __future__ import annotations

from pydantic import Field, model_validator

from windsock.times import TimeOfDay, Weekday, Zone
from windsock.yamlfile import Entry


class BusinessHours(Entry):
    """Days and hours of one time zone. A ticket that begins outside of them is sent when they begin."""

    timezone: Zone
    days: tuple[Weekday, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    begin: TimeOfDay = Field("09:00", alias="from")
    end: TimeOfDay = Field("17:00", alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> BusinessHours:
        if self.begin >= self.end:
            message = f"from {self.begin} to {self.end} is no time; `to` must be later, on the same day"
            raise ValueError(message)
        return self

    def words(self) -> str:
        """E.g. `mon tue 09:00 to 17:00 Europe/Berlin`."""
        return f"{' '.join(self.days)} {self.begin} to {self.end} {self.timezone}"
