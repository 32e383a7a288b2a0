"""The text of a `/metrics` page as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True)
class Page:
    """What an exporter shows."""

    samples: tuple[Sample, ...]

    @classmethod
    def parse(cls, text: str) -> Page:
        """The page of this text.

        Raises:
            ValueError: it is none.
        """
        return cls(tuple(s for family in text_string_to_metric_families(text) for s in family.samples))

    @property
    def names(self) -> set[str]:
        """Of all series."""
        return {sample.name for sample in self.samples}

    def of(self, name: str, **labels: str) -> Iterable[Sample]:
        """The series of this name that have these labels."""
        return (s for s in self.samples if s.name == name and labels.items() <= s.labels.items())

    def total(self, name: str, **labels: str) -> float:
        """Their sum; 0 without any."""
        return math.fsum(sample.value for sample in self.of(name, **labels))
