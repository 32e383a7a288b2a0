"""The tags that a call sends, as far as they can be read from the source."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from windsock.statsd.drift.source import Scope

_NONE = frozenset[str]()
# These give back the dictionary that they get, without its empty values.
_PASS_THROUGH = frozenset({"prune_dict", "dict"})


@dataclass(frozen=True, slots=True)
class Tags:
    """Keys of the tags.

    Attributes:
        keys: those that were read.
        unread: expressions that hold more keys, which only a run knows.
    """

    keys: frozenset[str] = _NONE
    unread: frozenset[str] = _NONE

    def __or__(self, other: Tags) -> Tags:
        return Tags(self.keys | other.keys, self.unread | other.unread)

    def told(self, keys: Collection[str]) -> Tags:
        """These tags, where a person has read the rest."""
        return Tags(self.keys | {*keys}, _NONE if keys else self.unread)


def tags(node: ast.expr | None, scope: Scope) -> Tags:  # noqa: PLR0911 (one kind of expression each)
    """Keys of the dictionary that an expression stands for; of every alternative together."""
    inner = scope.deeper()
    if inner is None:
        return Tags(unread=frozenset({ast.unparse(node)} if node else ()))
    match node:
        case None | ast.Constant(value=None):
            return Tags()
        case ast.Dict(keys=keys, values=values):
            return _of_dictionary(keys, values, inner)
        case ast.IfExp(body=body, orelse=orelse):
            return tags(body, inner) | tags(orelse, inner)
        case ast.DictComp(
            generators=[ast.comprehension(iter=ast.Call(func=ast.Attribute(value=of, attr="items")))]
        ):
            return tags(of, inner)
        case ast.BoolOp(values=values):
            return _union([tags(value, inner) for value in values])
        case ast.Call(func=ast.Name(id=name), args=[argument, *_]) if name in _PASS_THROUGH:
            return tags(argument, inner)
        case ast.Call():
            return _returned(node, inner)
        case ast.Name(id=name):
            return _named(name, inner)
        case ast.Attribute(attr=attr, value=ast.Name(id=of)):
            return _property(attr, of, inner)
    return Tags(unread=frozenset({ast.unparse(node)}))


def entries(node: ast.expr, key: str, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """Values under a key of the dictionaries that an expression stands for: `**params` of a call."""
    inner = scope.deeper()
    if inner is None:
        return []
    match node:
        case ast.Dict(keys=keys, values=values):
            return [
                (value, inner)
                for name, value in zip(keys, values, strict=True)
                if isinstance(name, ast.Constant) and name.value == key
            ]
        case ast.Name(id=name):
            return [found for value in inner.values(name) for found in entries(value, key, inner)]
        case ast.Call():
            return [found for value, where in _returns(node, inner) for found in entries(value, key, where)]
    return []


def _union(parts: list[Tags]) -> Tags:
    found = Tags()
    for part in parts:
        found |= part
    return found


def _of_dictionary(keys: list[ast.expr | None], values: list[ast.expr], scope: Scope) -> Tags:
    found = Tags()
    for key, value in zip(keys, values, strict=True):
        match key:
            case None:
                found |= tags(value, scope)
            case ast.Constant(value=str(name)):
                found |= Tags(frozenset({name}))
            case _:
                found |= Tags(unread=frozenset({ast.unparse(key)}))
    return found


def _named(name: str, scope: Scope) -> Tags:
    if name in scope.given:
        return tags(*scope.given[name])
    values = scope.values(name)
    if not values:
        return Tags(unread=frozenset({name}))
    # `tags = prune_dict({**tags, "team_name": …})` adds to what the name held before.
    before = scope.knowing(name, ast.Dict(keys=[], values=[]))
    found = _union([tags(value, before if name in _names(value) else scope) for value in values])
    for function in scope.functions:
        for node in ast.walk(function):
            match node:
                case ast.Subscript(
                    value=ast.Name(id=of), slice=ast.Constant(value=str(key)), ctx=ast.Store()
                ):
                    found |= Tags(frozenset({key} if of == name else ()))
    return found


def _names(node: ast.expr) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _returns(call: ast.Call, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    return [
        (statement.value, inner)
        for function, inner in scope.called(call)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Return) and statement.value is not None
    ]


def _returned(call: ast.Call, scope: Scope) -> Tags:
    returned = _returns(call, scope)
    if not returned:
        return Tags(unread=frozenset({ast.unparse(call)}))
    return _union([tags(value, inner) for value, inner in returned])


def _property(attr: str, of: str, scope: Scope) -> Tags:
    """`ti.stats_tags`: what the property of that class returns; by the class's name, nearest module first."""
    if of == "self" and scope.owner is not None:
        wanted = {scope.owner.name}
    else:
        wanted = {"ti": {"TaskInstance", "RuntimeTaskInstance"}, "dag_run": {"DagRun"}}.get(of, {of})
    modules = [scope.module, *scope.sources.containing(f"def {attr}(")]
    for module in modules:
        for function, owner in module.functions(attr):
            if owner is not None and owner.name in wanted and (returned := _property_returns(function)):
                there = Scope(
                    module=module,
                    sources=scope.sources,
                    functions=(function,),
                    owner=owner,
                    depth=scope.depth + 1,
                )
                return _union([tags(value, there) for value in returned])
    return Tags(unread=frozenset({f"{of}.{attr}"}))


def _property_returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    return [
        node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None
    ]
