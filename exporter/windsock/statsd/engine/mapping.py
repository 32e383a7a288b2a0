"""A mapping file as values: what stands in it, with the place of every key."""

from __future__ import annotations

from dataclasses import dataclass, field

Place = tuple[str | int, ...]


@dataclass(slots=True)
class Objective:
    """A quantile of a summary and how far off it may be."""

    quantile: float = 0.0
    error: float = 0.0


@dataclass(slots=True)
class SummaryOptions:
    """Options of a summary; zero and empty stand for the default. `max_age` is in nanoseconds."""

    quantiles: list[Objective] = field(default_factory=list)
    max_age: int = 0
    age_buckets: int = 0
    buf_cap: int = 0


@dataclass(slots=True)
class HistogramOptions:
    """Options of a histogram; zero and empty stand for the default."""

    buckets: list[float] = field(default_factory=list)
    native_histogram_bucket_factor: float = 0.0
    native_histogram_max_buckets: int = 0


@dataclass(slots=True)
class Defaults:
    """The part `defaults`; `ttl` is in nanoseconds. Only releases before 0.31 know the last three."""

    observer_type: str = ""
    match_type: str = ""
    glob_disable_ordering: bool = False
    ttl: int = 0
    summary_options: SummaryOptions = field(default_factory=SummaryOptions)
    histogram_options: HistogramOptions = field(default_factory=HistogramOptions)
    timer_type: str = ""
    buckets: list[float] | None = None
    quantiles: list[Objective] | None = None


@dataclass(slots=True)
class Mapping:
    """One rule as it stands in the file; `""`, 0 and None mean that it says nothing. `ttl` in nanoseconds.

    Only releases before 0.31 know the last three.
    """

    match: str = ""
    name: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    honor_labels: bool = False
    observer_type: str = ""
    match_type: str = ""
    help: str = ""
    action: str = ""
    match_metric_type: str = ""
    ttl: int = 0
    summary_options: SummaryOptions | None = None
    histogram_options: HistogramOptions | None = None
    scale: float | None = None
    timer_type: str = ""
    buckets: list[float] | None = None
    quantiles: list[Objective] | None = None


@dataclass(slots=True)
class MappingFile:
    """What a file says, before anything is checked or inherited.

    Attributes:
        lines: the line, from 1, of every key and entry: `("mappings", 0, "match")`, `("mappings", 0)`.
        ignored: keys that an older release passes over, with their lines.
    """

    defaults: Defaults = field(default_factory=Defaults)
    mappings: list[Mapping] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)
    ignored: list[tuple[Place, int]] = field(default_factory=list)

    def line(self, *place: str | int) -> int:
        """The line of a key, or of the nearest one around it that stands in the file."""
        return next(
            (self.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.lines), 1
        )
