"""Python files of an installation, parsed, with what is needed to follow a name to where it was set."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from windsock.errors import BadInput

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Parameters of a function that is followed into: what its caller gave, and where the caller stands.
Given = Mapping[str, "tuple[ast.expr, Scope]"]


@dataclass(frozen=True, slots=True)
class Module:
    """One file."""

    path: str
    tree: ast.Module = field(hash=False, compare=False)

    def functions(self, name: str) -> Iterator[tuple[Function, ast.ClassDef | None]]:
        """Functions and methods of this name at the top of the module or of a class, with the class."""
        for node in self.tree.body:
            if isinstance(node, Function) and node.name == name:
                yield node, None
            if isinstance(node, ast.ClassDef):
                yield from (
                    (inner, node) for inner in node.body if isinstance(inner, Function) and inner.name == name
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an expression stands: what its names may mean.

    Attributes:
        functions: the functions around it, innermost first.
        owner: the class around it.
        given: parameters that are known, since the function was followed into from a call.
        depth: how many calls and names were followed to get here.
    """

    module: Module
    sources: Sources
    functions: tuple[Function, ...] = ()
    owner: ast.ClassDef | None = None
    given: Given = field(default_factory=dict, hash=False, compare=False)
    depth: int = 0

    def deeper(self) -> Scope | None:
        """The same place one step on; None where following any longer would not end."""
        if self.depth > 20:  # deeper than any chain of names that a person writes
            return None
        return replace(self, depth=self.depth + 1)

    def knowing(self, name: str, value: ast.expr) -> Scope:
        """The same place, with a name that stands for a value."""
        return replace(self, given={**self.given, name: (value, self)})

    def values(self, name: str) -> list[ast.expr]:
        """Everything that is assigned to a name, in the innermost function (else module) that does so."""
        for body in (*self.functions, self.module.tree):
            if found := [value for target, value in _assignments(body) if target == name]:
                return found
        return []

    def called(self, call: ast.Call) -> Iterator[tuple[Function, Scope]]:
        """Functions of this module that a call such as `self.f(x)` or `f(x)` enters, with x known."""
        target = call.func
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            of_self = target.value.id in {"self", "cls"}
            name = target.attr if of_self else ""
        else:
            name, of_self = (target.id if isinstance(target, ast.Name) else ""), False
        for function, owner in self.module.functions(name):
            if (owner is not None) == of_self:
                yield function, self.inside(function, owner, call)

    def inside(self, function: Function, owner: ast.ClassDef | None, call: ast.Call | None = None) -> Scope:
        """The scope of a function's body; with what the call gives for its parameters."""
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        if owner is not None:
            names = names[1:]
        given: dict[str, tuple[ast.expr, Scope]] = {}
        if call is not None:
            given.update((name, (value, self)) for name, value in zip(names, call.args, strict=False))
            given.update((word.arg, (word.value, self)) for word in call.keywords if word.arg)
        return Scope(
            module=self.module,
            sources=self.sources,
            functions=(function,),
            owner=owner,
            given=given,
            depth=self.depth + 1,
        )


class Sources:
    """The Python files below `airflow/` of an installation; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[str, str] = {}
        for path in sorted(root.glob("airflow/**/*.py")):
            relative = path.relative_to(root).as_posix()
            if "/tests/" not in relative and "/example_dags/" not in relative:
                text = path.read_text(encoding="utf-8", errors="replace")
                if "tats" in text:  # Stats, stats, stats_tags, stats_prefix: nothing else is of interest
                    self._texts[relative] = text

    def containing(self, *words: str) -> Iterator[Module]:
        """Files that contain one of the words, parsed.

        Raises:
            BadInput: this Python cannot read one of them.
        """
        for path, text in self._texts.items():
            if any(word in text for word in words):
                yield self._module(path)

    @cache  # noqa: B019 (one object per command, and the files are what costs)
    def _module(self, path: str) -> Module:
        try:
            return Module(path, ast.parse(self._texts[path]))
        except SyntaxError as error:
            here = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise BadInput(
                f"{path}:{error.lineno}: Python {here} cannot read this file ({error.msg}): "
                "run windsock with the Python of that Airflow, or a newer one"
            ) from error


@lru_cache(maxsize=512)
def _assignments(body: Function | ast.Module) -> tuple[tuple[str, ast.expr], ...]:
    """Names that are set in a body, with what they are set to; a loop sets its name to the thing it walks."""
    found: list[tuple[str, ast.expr]] = []
    for node in _own_nodes(body):
        if isinstance(node, ast.Assign):
            found.extend((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            if isinstance(node.target, ast.Name) and node.value is not None:
                found.append((node.target.id, node.value))
        elif isinstance(node, ast.For | ast.AsyncFor) and isinstance(node.target, ast.Name):
            found.append((node.target.id, ast.Starred(value=node.iter, ctx=ast.Load())))
    return tuple(found)


def _own_nodes(body: Function | ast.Module) -> Iterator[ast.AST]:
    """Every node of a body; of a module only its top level, or each function's names would count."""
    if isinstance(body, ast.Module):
        yield from body.body
    else:
        yield from ast.walk(body)
