"""The fragment inside an Alertmanager configuration of others, whose own text stays as it is.

Lines are added between two marks and nothing else is touched, so that the other team sees a diff of
additions, their comments stay, and a second merge replaces the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from windsock.artifact import HEADER, to_yaml
from windsock.errors import BadInput
from windsock_alerts.formats.fragment import PREFIX

_BEGIN, _END = "# windsock begins: `windsock alerts build` writes this part", "# windsock ends"
_OLD = re.compile(rf"^[ ]*{re.escape(_BEGIN)}$.*?^[ ]*{re.escape(_END)}$\n", re.MULTILINE | re.DOTALL)
_LISTS = ("receivers", "time_intervals", "inhibit_rules")


@dataclass(frozen=True, slots=True)
class _Addition:
    """Lines that go before a line, counted from 0."""

    line: int
    text: str


def merged(text: str, fragment: Mapping[str, Any], *, name: str) -> str:
    """The configuration with the fragment in it.

    Args:
        text: the configuration of others.
        fragment: as `fragment.fragment` makes it.
        name: what errors call the configuration.

    Raises:
        BadInput: it is no Alertmanager configuration, or our part cannot be added line by line.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    before = _OLD.sub("", text.replace("\r\n", "\n"))
    before += "" if before.endswith("\n") or not before else "\n"
    theirs, root = _read(before, name)
    _check(theirs, fragment, name)
    lines = before.splitlines(keepends=True)
    for addition in sorted(_additions(root, fragment, len(lines), name), key=lambda each: -each.line):
        lines.insert(addition.line, addition.text)
    after = "".join(lines)
    if _without(_read(after, name)[0], fragment) != theirs:
        raise BadInput(f"{name}: its lists cannot be added to line by line; add the fragment by hand")
    return after.replace("\n", ending)


def _read(text: str, name: str) -> tuple[dict[str, Any], MappingNode]:
    try:
        root, data = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{name}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(root, MappingNode) or not isinstance(data.get("route"), dict):
        raise BadInput(f"{name}:1: route: is missing; this is no Alertmanager configuration")
    return data, root


def _check(theirs: Mapping[str, Any], fragment: Mapping[str, Any], name: str) -> None:
    for each in theirs.get("receivers") or ():
        if isinstance(each, dict) and str(each.get("name", "")).startswith(PREFIX):
            raise BadInput(
                f"{name}: receivers: {each['name']} is there already, outside of the lines that windsock "
                "wrote; take out what was added by hand"
            )
    (ours,) = fragment["route"]["routes"]
    known = set(ours["matchers"])
    for written in _matchers(theirs["route"]):
        if re.sub(r"\s", "", written) in known:
            raise BadInput(
                f"{name}: route: {written} is routed there already; alerts with this label would go to us, "
                "so choose another under labels in the alerts file"
            )


def _matchers(route: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(each) for each in route.get("matchers") or ())
    yield from (f'{label}="{value}"' for label, value in (route.get("match") or {}).items())
    for child in route.get("routes") or ():
        yield from _matchers(child)


def _additions(root: MappingNode, fragment: Mapping[str, Any], end: int, name: str) -> Iterator[_Addition]:
    route = _value(root, "route")
    assert route  # noqa: S101 (it was looked for)
    if not isinstance(route, MappingNode) or route.flow_style:
        raise _flow(route, "route", name)
    children = _value(route, "routes")
    if children is None:
        column = route.start_mark.column
        yield _Addition(route.start_mark.line, _marked({"routes": fragment["route"]["routes"]}, column))
    else:
        yield _into(children, "route.routes", fragment["route"]["routes"], name)
    for key in _LISTS:
        if key not in fragment:
            continue
        found = _value(root, key)
        yield (
            _Addition(end, _marked({key: fragment[key]}, 0))
            if found is None
            else _into(found, key, fragment[key], name)
        )


def _into(node: Node, key: str, items: list[dict[str, Any]], name: str) -> _Addition:
    if not isinstance(node, SequenceNode) or node.flow_style or not node.value:
        raise _flow(node, key, name)
    return _Addition(node.start_mark.line, _marked(items, node.start_mark.column))


def _flow(node: Node, key: str, name: str) -> BadInput:
    return BadInput(
        f"{name}:{node.start_mark.line + 1}: {key}: write it with one entry per line, so that more can be "
        "added (or take it out, if it is empty)"
    )


def _value(mapping: MappingNode, key: str) -> Node | None:
    return next(
        (value for name, value in mapping.value if isinstance(name, ScalarNode) and name.value == key), None
    )


def _marked(data: Any, column: int) -> str:
    indent = " " * column
    body = to_yaml(data).removeprefix(HEADER).splitlines()
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in (_BEGIN, *body, _END))


def _without(data: dict[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a configuration without our entries, empty lists that we made too."""
    left = {**data, "route": _less(data["route"], "routes", fragment["route"]["routes"])}
    for key in _LISTS:
        left = _less(left, key, fragment.get(key, []))
    return left


def _less(data: dict[str, Any], key: str, ours: list[dict[str, Any]]) -> dict[str, Any]:
    rest = [each for each in data.get(key) or () if each not in ours]
    return {name: rest if name == key else value for name, value in data.items() if name != key or rest}
