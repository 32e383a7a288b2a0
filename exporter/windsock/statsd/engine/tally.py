"""What statsd_exporter counts about itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Tally:
    """Its self-metrics, `statsd_exporter_…_total` unless said otherwise; all are counts since the start.

    Attributes:
        lines: lines taken, empty ones too.
        samples: samples tried.
        sample_errors: by reason: lines and samples that were refused.
        tags: samples that had tags.
        tag_errors: tags that were ignored.
        events: by type: events that became part of a series.
        unmapped: events without a rule.
        actions: by `map` and `drop`: events with a rule.
        errors: by reason: events that were refused.
        conflicts: by (type, family): events whose name belongs to another type.
        vectors: `metrics_total`, by type: sets of label names ever made.
        loaded: `loaded_mappings`: rules now.
        reloads: by `success` and `failure`.
        gets: `statsd_metric_mapper_cache_gets_total`: look-ups of a name.
        hits: those of them that were known already.
    """

    lines: int = 0
    samples: int = 0
    sample_errors: Counter[str] = field(default_factory=Counter)
    tags: int = 0
    tag_errors: int = 0
    events: Counter[str] = field(default_factory=Counter)
    unmapped: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    vectors: Counter[str] = field(default_factory=Counter)
    loaded: int = 0
    reloads: Counter[str] = field(default_factory=Counter)
    gets: int = 0
    hits: int = 0
