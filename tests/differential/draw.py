"""Seeded choices that remember which features a case has."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Random choices for one case.

    Attributes:
        hits: the features that the case has.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.hits: set[str] = set()

    def one(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return self._random.choice(choices)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def some(self, choices: Sequence[T], at_most: int) -> list[T]:
        """Up to so many different choices."""
        return self._random.sample(choices, min(self.number(0, at_most), len(choices)))

    def chance(self, probability: float, feature: str = "") -> bool:
        """True with this probability; then the case has the feature."""
        taken = self._random.random() < probability
        if taken and feature:
            self.hits.add(feature)
        return taken

    def kind(self, choices: Mapping[str, T], group: str) -> T:
        """One of named choices; the case has the feature `group: name`."""
        name = self.one(list(choices))
        self.hits.add(f"{group}: {name}")
        return choices[name]
