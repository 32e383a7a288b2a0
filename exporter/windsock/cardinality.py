"""How many series there may be: a preset, which DAGs are shown, and a cap per family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from functools import cache
from hashlib import blake2b
from re import Pattern
from re import compile as compiled


class Preset(str, Enum):
    """How much is shown, from what alerts need to everything."""

    MINIMAL = "minimal"
    DEFAULT = "default"
    FULL = "full"

    def has(self, other: Preset) -> bool:
        """Whether everything of the other preset is in this one."""
        order = list(Preset)
        return order.index(self) >= order.index(other)


# Series of one family: above the number of DAGs of nearly everybody, and far below what hurts a Prometheus.
CAP = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cardinality:
    """What is shown. SLAs are not limited: each was asked for.

    Attributes:
        dags: globs; a DAG that none of them matches is not shown one by one.
        without: globs; a DAG that one of them matches is not shown one by one.
        cap: series per family.
    """

    preset: Preset = Preset.DEFAULT
    dags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    cap: int = CAP
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def selects(self) -> bool:
        """Whether some DAGs are not shown one by one."""
        return bool(self.dags or self.without)

    def shows(self, dag_id: str) -> bool:
        """Whether this DAG is shown one by one."""
        found = self._known.get(dag_id)
        if found is None:
            allowed = not self.dags or any(_glob(each).match(dag_id) for each in self.dags)
            found = allowed and not any(_glob(each).match(dag_id) for each in self.without)
            self._known[dag_id] = found
        return found


def stay(keys: Iterable[tuple[str, ...]], dag_at: int | None, cap: int) -> set[tuple[str, ...]]:
    """Which series stay under a cap: by a hash of the DAG id, or of all labels where there is none.

    The same DAGs stay in every family, in every replica and after a restart, and a new one displaces at most
    one other.

    Args:
        keys: label values of all series.
        dag_at: the position of the DAG id in them.
        cap: how many stay.
    """

    def rank(key: tuple[str, ...]) -> tuple[bytes, tuple[str, ...]]:
        return _place(key if dag_at is None else key[dag_at : dag_at + 1]), key

    return set(sorted(keys, key=rank)[:cap])


@cache
def _glob(pattern: str) -> Pattern[str]:
    return compiled(translate(pattern))


def _place(values: tuple[str, ...]) -> bytes:
    return blake2b("\0".join(values).encode(), digest_size=8).digest()
