"""YAML nodes to fields by type, as Go's yaml.v2 decodes into a struct."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from windsock.statsd.engine import nodes
from windsock.statsd.engine.mapping import Place
from windsock.statsd.engine.numbers import parse_duration
from windsock.statsd.engine.scalars import FLOAT, INT, STR, CannotDecode


@dataclass(frozen=True, slots=True)
class Spot:
    """A node to be decoded, where it stands, and what its field holds so far."""

    decoder: Decoder
    node: Node
    place: Place
    held: Any = None


Decode = Callable[[Spot], Any]

IGNORED = object()
"""What a decoder answers for a key that means nothing."""


class Refused(Exception):  # noqa: N818 (the file was)
    """The file is refused; `line` counts from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class Skip(Exception):  # noqa: N818 (control flow, not an error)
    """The value was noted as wrong; the field keeps what it holds."""


class Decoder:
    """Decodes one document, and remembers lines and what was wrong.

    Args:
        strict: unknown and repeated keys are wrong.
        patient: go on behind what makes the original stop at once.

    Attributes:
        lines: the line of every key.
        wrong: (line, message) of every value of a wrong type, unknown and repeated key.
        ignored: unknown keys that a lenient release passes over.
    """

    def __init__(self, *, strict: bool, patient: bool = False) -> None:
        self.strict = strict
        self._patient = patient
        self.lines: dict[Place, int] = {}
        self.wrong: list[tuple[int, str]] = []
        self.ignored: list[tuple[Place, int]] = []
        self._open: set[int] = set()

    def note(self, node: Node, message: str) -> None:
        """Remember that a node is wrong; the file is refused when all of it was read."""
        self.wrong.append((nodes.line(node), message))

    def mismatch(self, node: Node, found: str, wanted: str) -> Skip:
        """Note that a node has the wrong type."""
        text = ""
        if isinstance(node, ScalarNode):
            value = node.value if len(node.value) <= 10 else f"{node.value[:7]}..."
            text = f" `{value}`"
        self.note(node, f"cannot unmarshal {found}{text} into {wanted}")
        return Skip()

    def value(self, node: ScalarNode) -> tuple[str, Any]:
        """Tag and value of a scalar.

        Raises:
            Refused: its tag does not fit.
        """
        try:
            return nodes.scalar(node)
        except CannotDecode as error:
            raise Refused(nodes.line(node), str(error)) from error

    def struct(self, spot: Spot, into: Any, fields: Mapping[str, Decode], type_name: str) -> Any:
        """Decode a mapping into the dataclass instance `into`."""
        node, place = spot.node, spot.place
        if isinstance(node, ScalarNode):
            found, value = self.value(node)
            if value is None:
                return type(into)()
            raise self.mismatch(node, found, type_name)
        if not isinstance(node, MappingNode):
            raise self.mismatch(node, "!!seq", type_name)
        self._enter(node)
        seen: set[str] = set()
        for key_node, child in node.value:
            if nodes.is_merge(key_node):
                for source in self._merged(child):
                    self.struct(Spot(self, source, place), into, fields, type_name)
            elif (key := self._field(key_node, place, fields, seen, type_name)) is not None:
                self._set(into, key, fields[key], Spot(self, child, (*place, key), getattr(into, key, None)))
        self._open.discard(id(node))
        return into

    def _field(
        self, node: Node, place: Place, fields: Mapping[str, Decode], seen: set[str], type_name: str
    ) -> str | None:
        """The field that a key names; None if there is none or it is taken, which is noted."""
        key = self._key(node)
        if key is None:
            return None
        if key not in fields:
            self.ignored.append(((*place, key), nodes.line(node)))
            if self.strict:
                self.note(node, f"field {key} not found in type {type_name}")
            return None
        if key in seen and self.strict:
            self.note(node, f"field {key} already set in type {type_name}")
            return None
        seen.add(key)
        self.lines[(*place, key)] = nodes.line(node)
        return key

    def _set(self, into: Any, key: str, decode: Decode, spot: Spot) -> None:
        try:
            value = decode(spot)
        except Skip:
            return
        except Refused as error:
            if not self._patient:
                raise
            self.wrong.append((error.line, str(error)))
            return
        if value is not IGNORED:
            setattr(into, key, value)

    def text_map(self, spot: Spot, held: dict[str, str], type_name: str) -> dict[str, str]:
        """Decode a mapping of texts; what is merged counts as set before."""
        node, place = spot.node, spot.place
        if isinstance(node, ScalarNode):
            found, value = self.value(node)
            if value is None:
                return {}
            raise self.mismatch(node, found, type_name)
        if not isinstance(node, MappingNode):
            raise self.mismatch(node, "!!seq", type_name)
        self._enter(node)
        for key_node, child in node.value:
            if nodes.is_merge(key_node):
                for source in self._merged(child):
                    self.text_map(Spot(self, source, place), held, type_name)
                continue
            key = self._key(key_node)
            if key is None:
                continue
            try:
                value = text(Spot(self, child, (*place, key)))
            except Skip:
                continue
            if key in held and self.strict:
                self.note(child, f'key "{key}" already set in map')
                continue
            held[key] = value
            self.lines[(*place, key)] = nodes.line(key_node)
        self._open.discard(id(node))
        return held

    def sequence(self, spot: Spot, element: Decode, type_name: str) -> list[Any]:
        """Decode a list; `element` decodes one of its nodes."""
        node, place = spot.node, spot.place
        if isinstance(node, ScalarNode):
            found, value = self.value(node)
            if value is None:
                return []
            raise self.mismatch(node, found, type_name)
        if not isinstance(node, SequenceNode):
            raise self.mismatch(node, "!!map", type_name)
        self._enter(node)
        found_: list[Any] = []
        for child in node.value:
            here = (*place, len(found_))
            self.lines[here] = nodes.line(child)
            try:
                found_.append(element(Spot(self, child, here)))
            except Skip:
                continue
        self._open.discard(id(node))
        return found_

    def _enter(self, node: Node) -> None:
        if id(node) in self._open:
            raise Refused(nodes.line(node), "an anchor's value contains itself")
        self._open.add(id(node))

    def _key(self, node: Node) -> str | None:
        try:
            return text(Spot(self, node, ()))
        except Skip:
            return None

    def _merged(self, node: Node) -> list[Node]:
        sources = reversed(node.value) if isinstance(node, SequenceNode) else [node]
        found = list(sources)
        for source in found:
            if not isinstance(source, MappingNode):
                raise Refused(
                    nodes.line(node), "yaml: map merge requires map or sequence of maps as the value"
                )
        return found


def text(spot: Spot) -> str:
    """A string: any scalar's own text, `""` for null."""
    node, _, value = _scalar(spot, "string")
    return "" if value is None else str(node.value)


def _scalar(spot: Spot, wanted: str) -> tuple[ScalarNode, str, Any]:
    node = spot.node
    if not isinstance(node, ScalarNode):
        raise spot.decoder.mismatch(node, "!!seq" if isinstance(node, SequenceNode) else "!!map", wanted)
    tag, value = spot.decoder.value(node)
    return node, tag, value


def boolean(spot: Spot) -> bool:
    """True or false, also `yes`, `on`, `y`."""
    node, tag, value = _scalar(spot, "bool")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise spot.decoder.mismatch(node, tag, "bool")
    return value


def number(spot: Spot) -> float:
    """A double."""
    node, tag, value = _scalar(spot, "float64")
    if value is None:
        return 0.0
    if tag not in {INT, FLOAT}:
        raise spot.decoder.mismatch(node, tag, "float64")
    return float(value)


def optional_number(spot: Spot) -> float | None:
    """A double that may be absent: `null` and `~` say nothing, but `NULL` is a zero."""
    return None if nodes.is_nothing(spot.node) else number(spot)


def count(spot: Spot) -> int:
    """An unsigned number of 32 bits; a fraction is cut off."""
    node, tag, value = _scalar(spot, "uint32")
    if value is None:
        return 0
    if tag not in {INT, FLOAT} or not -1 < value < 2**32:
        raise spot.decoder.mismatch(node, tag, "uint32")
    return int(value)


def duration(spot: Spot) -> int:
    """Nanoseconds: a text such as `5m`, or a bare number, which is nanoseconds already."""
    node, tag, value = _scalar(spot, "time.Duration")
    if value is None:
        return 0
    if tag == STR:
        try:
            return parse_duration(value)
        except ValueError:
            raise spot.decoder.mismatch(node, tag, "time.Duration") from None
    if tag not in {INT, FLOAT} or not value <= 2**63 - 1:
        raise spot.decoder.mismatch(node, tag, "time.Duration")
    return int(max(value, -(2**63)))


def choice(choices: Mapping[str, str], message: str) -> Decode:
    """A text out of `choices`, which gives what each stands for; `message` has a place for another one."""

    def decode(spot: Spot) -> str:
        if nodes.is_nothing(spot.node):
            return ""
        value = text(spot)
        if value not in choices:
            raise Refused(nodes.line(spot.node), message.format(value))
        return choices[value]

    return decode


def internal(spot: Spot) -> object:
    """A key that exists by accident, since the original decodes into a struct with more fields; null only."""
    if not nodes.is_nothing(spot.node):
        tag = nodes.tag(spot.node) or "!!str"
        raise spot.decoder.mismatch(spot.node, tag, f"an internal field ({spot.place[-1]})")
    return IGNORED
