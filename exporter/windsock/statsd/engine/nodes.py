"""YAML text to nodes that still know which scalars were plain and which had a tag of their own."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import BaseConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.nodes import Node, ScalarNode, SequenceNode

from windsock.statsd.engine.scalars import STR, resolve

_PLAIN = "plain"
_LONG = "tag:yaml.org,2002:"


class NotYaml(Exception):  # noqa: N818 (what is wrong with the text)
    """The text is no YAML; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


class _Marking:
    """Instead of PyYAML's resolver: a scalar without a tag is only plain or quoted."""

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:  # noqa: ARG002 (PyYAML calls it)
        """The tag for a node that has none."""
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else STR
        return "!!seq" if kind is SequenceNode else "!!map"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """PyYAML calls it at every node; nothing depends on the path here."""

    def ascend_resolver(self) -> None:
        """The other half of `descend_resolver`."""


class _Loader(CParser, BaseConstructor, _Marking):
    def __init__(self, stream: str) -> None:
        CParser.__init__(self, stream)
        BaseConstructor.__init__(self)


def compose(text: str) -> Node | None:
    """The first document's root; None for an empty text.

    Raises:
        NotYaml: syntax, unknown anchor, forbidden character.
    """
    try:
        loader = _Loader(text)
        return loader.get_node() if loader.check_node() else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(mark.line + 1 if mark else 1, error.problem or error.context or "") from error
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, int) else ord(error.character)
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(line, f"the character #x{character:04x} is not allowed") from error
    except RecursionError as error:
        raise NotYaml(1, "nested too deeply") from error


def line(node: Node) -> int:
    """The line on which a node begins, from 1."""
    number: int = node.start_mark.line + 1
    return number


def tag(node: Node) -> str:
    """The node's own tag in short form; "" for a plain scalar."""
    return "" if node.tag == _PLAIN else node.tag.replace(_LONG, "!!")


def scalar(node: ScalarNode) -> tuple[str, Any]:
    """Tag and value of a scalar.

    Raises:
        scalars.CannotDecode: its tag does not fit.
    """
    return resolve(node.value, tag(node))


def is_nothing(node: Node) -> bool:
    """Whether the decoder skips the node before it looks at the field: `~`, `null`, or no text at all."""
    return isinstance(node, ScalarNode) and (
        tag(node) == "!!null" or (tag(node) == "" and node.value in {"null", "~", ""})
    )


def is_merge(node: Node) -> bool:
    """Whether a key is `<<`."""
    return isinstance(node, ScalarNode) and node.value == "<<" and tag(node) in {"", "!!merge"}
