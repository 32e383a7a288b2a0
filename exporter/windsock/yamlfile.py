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


class Lines:
    """Where each key of a file stands."""

    def __init__(self, name: str, lines: dict[Path_, int]) -> None:
        self._name = name
        self._lines = lines

    def line(self, *path: str | int) -> int:
        """The line of the key, or of the nearest one around it that stands in the file itself."""
        return next(
            (self._lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self._lines), 1
        )

    def wrong(self, *path: str | int, why: str) -> BadInput:
        """The error for a key whose value is wrong for a reason that no model can know."""
        key = ".".join(str(part) for part in path) or "the file"
        return BadInput(one_line(f"{self._name}:{self.line(*path)}: {key}: {why}"))


def load(path: Path, model: type[T]) -> T:
    """Read `path` as `model`.

    Raises:
        BadInput: one line `file:line: key: what is wrong`; syntax, unknown or repeated key, wrong value.
    """
    return load_with_lines(path, model)[0]


def load_with_lines(path: Path, model: type[T]) -> tuple[T, Lines]:
    """Like `load`, together with the places of all keys, for checks across entries."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadInput(one_line(f"{path}: cannot be read: {_reason(error)}")) from error
    return _parse(text, model, str(path))


def why_not(error: ValidationError) -> str:
    """The first thing that a model has against a value, for values that stand in no file."""
    return one_line(_explain(error.errors()[0], [], Entry))


def parse(text: str, model: type[T], *, name: str) -> T:
    """Like `load`, for text that came from elsewhere; `name` stands for the file in errors."""
    return _parse(text, model, name)[0]


def _parse(text: str, model: type[T], name: str) -> tuple[T, Lines]:
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        # Before the data: to make them, PyYAML writes merged keys into the nodes.
        lines = Lines(name, {(): 1} if root is None else dict(_lines(root, (), name, set())))
        data: Any = None if root is None else loader.construct_document(root)
    except BadInput:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _syntax(name, mark.line + 1 if mark else 1, error.problem or error.context or "") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _syntax(name, line, f"the character #x{int(error.character):04x} is not allowed") from error
    except RecursionError as error:
        raise _syntax(name, 1, "nested too deeply") from error
    except Exception as error:
        # PyYAML's constructors of tagged values (`!!int x`, `!!bool x`, 2024-13-45) let anything through.
        raise _syntax(name, 1, f"a value cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise BadInput(one_line(f"{name}:1: the file: expected a mapping with the keys {_choices(model)}"))
    try:
        return model.model_validate(data), lines
    except ValidationError as error:
        raise _first(error, lines, model) from error


def _syntax(name: str, line: int, problem: str) -> BadInput:
    return BadInput(one_line(f"{name}:{line}: not valid YAML: {problem}"))


def _lines(node: Node, path: Path_, name: str, visited: set[Node]) -> Iterator[tuple[Path_, int]]:
    yield path, node.start_mark.line + 1
    # Once each: aliases may refer to themselves or multiply without end.
    if node in visited:
        return
    visited.add(node)
    if isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            label = key.value if isinstance(key, ScalarNode) else "?"
            line = key.start_mark.line + 1
            if label in seen and label != "?":
                where = f"{name}:{line}: {'.'.join(str(part) for part in (*path, label))}"
                raise BadInput(one_line(f"{where}: stands twice, first in line {seen[label]}"))
            seen[label] = line
            yield from _lines(value, (*path, label), name, visited)
            yield (*path, label), line
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index), name, visited)


def _first(error: ValidationError, lines: Lines, model: type[BaseModel]) -> BadInput:
    problem = min(error.errors(), key=lambda found: lines.line(*found["loc"]))
    loc = [part for part in problem["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    return lines.wrong(*loc, why=_explain(problem, loc, model))


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
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "that is no file name"


def one_line(text: str) -> str:
    """Control characters and lone surrogates of a user's file escaped, so that a terminal can show it."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
