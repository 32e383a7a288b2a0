"""DAG and task ids that are known, so that a name with dots in its ids is split where they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from windsock.errors import BadInput
from windsock.statsd.engine.line import Kind
from windsock.statsd.engine.matching import Match, Matcher
from windsock.statsd.engine.rules import Rules
from windsock.statsd.engine.tally import Tally

# Stands for a dot inside an id while rules are looked for. No client sends it: it is for private use.
_DOT = "\ue000"
_LONGEST_REMEMBERED = 1_024
_Place = tuple[int, int, int]
"""Where a DAG id begins, where it ends and a task id begins, and where that ends; equal without one."""


class KnownIds:
    """Ids by DAG.

    Args:
        tasks: DAG id -> its task ids, which may be none.
    """

    def __init__(self, tasks: Mapping[str, AbstractSet[str]]) -> None:
        self._tasks = tasks
        self._most = max((dag.count(".") + 1 for dag in tasks), default=0)

    def joined(self, name: str) -> str:
        """The name with another character for each dot that is inside an id.

        The longest place that a DAG id with one of its task ids takes decides, else the longest of a DAG id
        alone. Where two are as long, nothing tells which it is, and the name stays as it is.
        """
        parts = name.split(".")
        places = list(self._places(parts))
        pairs = [place for place in places if place[2] > place[1]] or places
        longest = max((end - start for start, _, end in pairs), default=0)
        best = [place for place in pairs if place[2] - place[0] == longest]
        if len(best) != 1:
            return name
        start, middle, end = best[0]
        ids = [_DOT.join(part) for part in (parts[start:middle], parts[middle:end]) if part]
        return ".".join([*parts[:start], *ids, *parts[end:]])

    def _places(self, parts: list[str]) -> Iterator[_Place]:
        for start in range(len(parts)):
            for middle in range(start + 1, min(start + self._most, len(parts)) + 1):
                tasks = self._tasks.get(".".join(parts[start:middle]))
                if tasks is None:
                    continue
                yield start, middle, middle
                for end in range(middle + 1, len(parts) + 1):
                    if ".".join(parts[middle:end]) in tasks:
                        yield start, middle, end


NOBODY = KnownIds({})


class IdMatcher(Matcher):
    """Looks for rules with every known id as one part of the name."""

    def __init__(self, rules: Rules, tally: Tally, *, size: int, ids: KnownIds) -> None:
        super().__init__(rules, tally, size=size)
        self._ids = ids

    def find(self, name: str, kind: Kind) -> Match | None:
        """See `Matcher.find`. Very long names are not remembered: each may have the size of a datagram."""
        if len(name) <= _LONGEST_REMEMBERED:
            return super().find(name, kind)
        self._tally.gets += 1
        return self.look(name, kind)

    def look(self, name: str, kind: Kind) -> Match | None:
        """See `Matcher.look`."""
        joined = self._ids.joined(name)
        found = super().look(joined, kind)
        if found is None or joined == name:
            return found
        labels = {label: value.replace(_DOT, ".") for label, value in found.labels.items()}
        return Match(found.rule, found.name.replace(_DOT, "."), labels)


def read(path: Path) -> KnownIds:
    """Ids from a file: on each line a DAG id, or a DAG id, a space and one of its task ids.

    Raises:
        BadInput: it cannot be read, or a line is neither; the text names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from error
    tasks: dict[str, set[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) > 2:
            raise BadInput(
                f"{path}:{number}: expected `dag_id` or `dag_id task_id`, found {len(words)} words"
            )
        tasks.setdefault(words[0], set()).update(words[1:])
    return KnownIds(tasks)
