"""The statements of one flavour of Airflow's schema, made by the functions that know how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import R, Statement

# A statement as a function of the flavour; None where that has nothing of the kind.
Maker: TypeAlias = "Callable[[Flavour], Statement[R] | None]"


class Statements:
    """What the makers make of a flavour.

    Attributes:
        flavour: what they are made for.
    """

    def __init__(self, flavour: Flavour, makers: Iterable[Maker[Any]]) -> None:
        self.flavour = flavour
        self._made: dict[Maker[Any], Statement[Any] | None] = {maker: maker(flavour) for maker in makers}

    def get(self, maker: Callable[[Flavour], Statement[R] | None]) -> Statement[R] | None:
        """The statement of this maker."""
        return self._made[maker]

    def of(self, makers: Iterable[Maker[Any]]) -> tuple[Statement[Any], ...]:
        """The statements of these makers that this flavour has."""
        return tuple(made for maker in makers if (made := self._made[maker]) is not None)

    def all(self) -> tuple[Statement[Any], ...]:
        """Every one of them."""
        return self.of(self._made)
