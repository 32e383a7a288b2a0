"""StatsD lines as a real Airflow sends them, with as many names as wanted.

The recordings in `tests/data/statsd` say which kinds of lines there are, how often each comes and with what
values; the ids in them are replaced by those of made-up DAGs. The same arguments give the same lines.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count, islice

from tests.support.statsd import Recorded, recording
from windsock.airflow_versions import RELEASES
from windsock.statsd.entries import Entry, entries
from windsock.statsd.options import PREFIX, Options
from windsock.statsd.patterns import matches
from windsock.wire import PLACEHOLDER, Profile, Wire

# Ids of which a larger Airflow has more; all others (pools, states, queues, operators) stay as recorded.
_SCALED = frozenset({"dag_id", "task_id", "job_id", "run_id", "file_name", "file_path"})
_OF_A_TASK = frozenset({"task_id", "job_id", "run_id"})
_TASKS_PER_DAG = 20
# Sent once for each start of a task, and once for each scheduled run.
_ONCE = ("ti\\.start", "dagrun\\.schedule_delay")
# Of twenty tasks, as in the recording of 2.11: three in a task group, one in a group within a group.
_GROUPS = {5: "load", 6: "load", 7: "load", 8: "load.stage"}
# 3.x writes the dots of ids in names as two underscores.
_DOTS_STAY_BEFORE = 3
_VALUES = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """Lines that differ in scaled ids and values alone.

    Attributes:
        head: what stands before the value, `{label}` for scaled ids.
        values: recorded values with their type, each as often as wanted.
        weight: how many of these lines the recording has.
    """

    head: str
    values: tuple[str, ...]
    weight: int

    @property
    def scaled(self) -> frozenset[str]:
        """The scaled ids in its head."""
        return frozenset(PLACEHOLDER.findall(self.head))


@dataclass(frozen=True, slots=True)
class Traffic:
    """Kinds of lines, each with its heads."""

    heads: Mapping[Kind, tuple[str, ...]]

    def first(self) -> list[str]:
        """One line for each distinct head."""
        return [f"{head}:{kind.values[0]}" for kind, heads in self.heads.items() for head in heads]

    def lines(self, number: int, *, seed: int = 1) -> Iterator[str]:
        """Lines in the shares of the recording; each kind goes through its heads in turn."""
        kinds = list(self.heads)
        turns: Counter[Kind] = Counter()
        chosen = random.Random(seed).choices(kinds, [kind.weight for kind in kinds], k=number)
        for kind in chosen:
            turn = turns[kind]
            turns[kind] += 1
            heads = self.heads[kind]
            yield f"{heads[turn % len(heads)]}:{kind.values[turn % len(kind.values)]}"


def traffic(version: str, profile: Profile, *, heads: int) -> Traffic:
    """Lines of an Airflow that is as large as it takes to have `heads` distinct heads.

    A head is the name with its tags, and the type. Without tags that is the key of the exporter's cache.
    """
    kinds = _kinds(version, profile)
    found: dict[Kind, list[str]] = defaultdict(list)
    for kind, head in islice(_heads(kinds, version), heads):
        found[kind].append(head)
    return Traffic({kind: tuple(heads) for kind, heads in found.items()})


def of_dags(version: str, profile: Profile, *, dags: int) -> Traffic:
    """Lines of an Airflow that has so many DAGs, of twenty tasks each."""
    found: dict[Kind, list[str]] = defaultdict(list)
    for kind, head in _heads(_kinds(version, profile), version, tasks=range(dags * _TASKS_PER_DAG)):
        found[kind].append(head)
    return Traffic({kind: tuple(heads) for kind, heads in found.items()})


def _heads(kinds: list[Kind], version: str, tasks: Iterable[int] | None = None) -> Iterator[tuple[Kind, str]]:
    """All heads, without end unless `tasks` ends: the first task, what has no scaled ids, the other tasks.

    What only some tasks or runs sent, only some of the made-up ones send.
    """
    dots = int(version.split(".", maxsplit=1)[0]) < _DOTS_STAY_BEFORE
    of_tasks = [kind for kind in kinds if kind.scaled & _OF_A_TASK]
    of_dags = [kind for kind in kinds if kind.scaled and not kind.scaled & _OF_A_TASK]
    starts, runs = (_weight(kinds, name) for name in _ONCE)
    for number in count() if tasks is None else tasks:
        dag, task = divmod(number, _TASKS_PER_DAG)
        ids = _ids(dag, task)
        sent = [kind for kind in of_tasks if _has(number, kind.weight / starts)]
        if task == 0:
            sent += [kind for kind in of_dags if _has(dag, kind.weight / runs)]
        yield from ((kind, _filled(kind.head, ids, dots=dots)) for kind in sent)
        if number == 0:
            yield from ((kind, kind.head) for kind in kinds if not kind.scaled)


def _weight(kinds: list[Kind], name: str) -> int:
    return max(kind.weight for kind in kinds if kind.scaled and re.match(rf"{PREFIX}\.{name}[.,]", kind.head))


def _has(number: int, share: float) -> bool:
    """Whether it is among the `share` of all numbers; 0 is."""
    return number == 0 or int(number * share) < int((number + 1) * share) or share >= 1


def _ids(dag: int, task: int) -> dict[str, str]:
    group = f"{_GROUPS[task]}." if task in _GROUPS else ""
    return {
        "dag_id": f"orders_daily_{dag:04}",
        "task_id": f"{group}copy_table_{task:02}",
        "job_id": f"{dag * _TASKS_PER_DAG + task + 1}",
        "run_id": f"scheduled__2026-01-01T00_{dag % 60:02}_00_00",
        "file_name": f"orders_daily_{dag:04}",
        "file_path": f"team/orders_daily_{dag:04}.py",
    }


def _filled(head: str, ids: Mapping[str, str], *, dots: bool) -> str:
    name, comma, tags = head.partition(",")
    in_name = ids if dots else {label: value.replace(".", "__") for label, value in ids.items()}
    fill = PLACEHOLDER.sub
    return fill(lambda found: in_name[found[1]], name) + comma + fill(lambda found: ids[found[1]], tags)


@cache
def _kinds(version: str, profile: Profile) -> list[Kind]:
    """The recording's kinds, the most frequent first; metrics of the user's own left out."""
    weights: Counter[tuple[str, Wire]] = Counter()
    values: dict[tuple[str, Wire], dict[str, None]] = defaultdict(dict)
    known = {wire: _known(Options(version=version, profile=profile), wire) for wire in Wire}
    chosen: dict[tuple[str, Wire], Entry | None] = {}
    for line in recording(f"airflow-{RELEASES[version]}-{profile.value}"):
        named = line.name, line.wire
        if named not in chosen:
            chosen[named] = next((entry for entry in known[line.wire] if _fits(entry, line.name)), None)
        entry = chosen[named]
        if entry is None:
            continue
        key = _head(line, entry), line.wire
        weights[key] += line.times
        values[key][line.line.split(":", 1)[1]] = None
    return [
        Kind(key[0], tuple(islice(values[key], 0, None, -(-len(values[key]) // _VALUES))), weight)
        for key, weight in weights.most_common()
    ]


def _known(options: Options, wire: Wire) -> list[Entry]:
    known = [entry for entry in entries(options) if entry.line and entry.wire is wire]
    return sorted(known, key=lambda entry: entry.match.regex)


def _fits(entry: Entry, name: str) -> bool:
    if entry.match.regex:
        return bool(re.search(entry.match.text, name))
    parts, words = entry.match.text.split("."), name.split(".")
    return len(parts) == len(words) and all(
        part in {"*", word} for part, word in zip(parts, words, strict=True)
    )


def _head(line: Recorded, entry: Entry) -> str:
    labels = PLACEHOLDER.findall(entry.line)
    name = line.name
    if labels:
        found = re.fullmatch(matches(entry.line, prefix=PREFIX, capture=labels)[-1].text, name)
        assert found, line
        recorded = dict(zip(labels, found.groups(), strict=True))
        name = (
            PREFIX
            + "."
            + PLACEHOLDER.sub(
                lambda label: label[0] if label[1] in _SCALED else recorded[label[1]], entry.line
            )
        )
    tags = (f",{tag}={{{tag}}}" if tag in _SCALED else f",{tag}={value}" for tag, value in line.tags.items())
    return name + "".join(tags)
