"""YAML files that users write, checked against a model, with errors that name file, line and key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from windsock.errors import BadInput

Path_ = tuple[str | int, ...]
T = TypeVar("T", bound="Entry")


class Entry(BaseModel):
    """A mapping in a user's file: unknown keys are refused, values never change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def load(path: Path, model: type[T]) -> T:
    """Read `path` as `model`.

    Raises:
        BadInput: one line `file:line: key: what is wrong`; syntax, unknown or repeated key, wrong value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {_reason(error)}") from error
    return parse(text, model, name=str(path))


def parse(text: str, model: type[T], *, name: str) -> T:
    """Like `load`, for text that came from elsewhere; `name` stands for the file in errors."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{name}:{line}: not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput(f"{name}:1: not valid YAML: {str(error).splitlines()[0]}") from error
    lines: dict[Path_, int] = {(): 1} if root is None else dict(_lines(root, (), name))
    if not isinstance(data, dict):
        raise BadInput(f"{name}:1: expected a mapping with the keys {_choices(model)}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise BadInput(_first(error, lines, name, model)) from error


def _lines(node: Node, path: Path_, name: str) -> Iterator[tuple[Path_, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            label = key.value if isinstance(key, ScalarNode) else "?"
            line = key.start_mark.line + 1
            if label in seen:
                raise BadInput(f"{name}:{line}: {label}: stands twice, first in line {seen[label]}")
            seen[label] = line
            yield from _lines(value, (*path, label), name)
            yield (*path, label), line
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index), name)


def _first(error: ValidationError, lines: dict[Path_, int], name: str, model: type[BaseModel]) -> str:
    found = sorted(
        ((_line(problem["loc"], lines), problem) for problem in error.errors()), key=lambda pair: pair[0]
    )
    line, problem = found[0]
    loc = [part for part in problem["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    key = ".".join(str(part) for part in loc) or "the file"
    return f"{name}:{line}: {key}: {_explain(problem, loc, model)}"


def _line(loc: tuple[str | int, ...], lines: dict[Path_, int]) -> int:
    for end in range(len(loc), -1, -1):
        if loc[:end] in lines:
            return lines[loc[:end]]
    return 1


def _explain(problem: Any, loc: list[str | int], model: type[BaseModel]) -> str:
    kind, message = problem["type"], problem["msg"].removeprefix("Value error, ")
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        owner = _model_at(model, loc[:-1])
        names = _keys(owner) if owner else []
        near = difflib.get_close_matches(str(loc[-1]), names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"unknown key{hint} (known: {', '.join(names)})" if names else "unknown key"
    return f"{message[:1].lower()}{message[1:]}"


def _model_at(model: type[BaseModel], loc: list[str | int]) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        field = next((f for n, f in current.model_fields.items() if part in {n, f.alias}), None)
        current = _inner(field.annotation) if field else current
    return current


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _inner(arg))), None)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _choices(model: type[BaseModel]) -> str:
    return ", ".join(_keys(model))


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
