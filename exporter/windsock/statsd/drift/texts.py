"""What a string in the source may be when Airflow runs, with `{label}` for what only a run knows."""

from __future__ import annotations

import ast
import itertools
import re

from windsock.statsd.drift.source import Scope

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_ALONE = re.compile(r"^\{[^{}]*\}$")


def texts(node: ast.expr, scope: Scope) -> list[str]:
    """Every text that an expression may stand for, without repetition; at least one.

    An id is `{dag_id}`, named after the variable or attribute it comes from.
    """
    return list(dict.fromkeys(_texts(node, scope)))


def _texts(node: ast.expr, scope: Scope) -> list[str]:  # noqa: PLR0911 (one kind of expression each)
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return _joined([_texts(part, scope) for part in parts])
        case ast.FormattedValue(value=value):
            return _texts(value, scope)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([_texts(left, scope), _texts(right, scope)])
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, scope), *_texts(orelse, scope)]
        case ast.Name(id=name):
            return _named(name, scope)
        case ast.Attribute():
            return _attribute(node, scope)
        case ast.Call():
            return _call(node, scope)
        case ast.Starred(value=value):
            return _elements(value, scope)
    return [placeholder(node)]


def placeholder(node: ast.expr) -> str:
    """`{dag_id}` for `self.task_instance.dag_id`, `{job_id}` for `self.job.id`."""
    match node:
        case ast.Attribute(
            attr="value" | "id" | "name" as attr, value=ast.Attribute(attr=of) | ast.Name(id=of)
        ):
            return f"{{{of}}}" if attr == "value" else f"{{{of}_{attr}}}"
        case ast.Attribute(attr=attr):
            return f"{{{attr}}}"
        case ast.Name(id=name):
            return f"{{{name}}}"
        case ast.Call(func=ast.Name(id="str"), args=[argument]):
            return placeholder(argument)
        case ast.Call(func=ast.Attribute(attr=attr)) | ast.Call(func=ast.Name(id=attr)):
            return f"{{{attr}}}"
    return "{?}"


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(choice) for choice in itertools.product(*parts)]


def _named(name: str, scope: Scope) -> list[str]:
    """A variable: what was given or assigned; itself, where that says nothing."""
    inner = scope.deeper()
    if inner is None:
        return [f"{{{name}}}"]
    if name in scope.given:
        value, where = scope.given[name]
        found = _texts(value, where)
    else:
        found = [text for value in scope.values(name) for text in _texts(value, inner)]
    readable = [text for text in found if not _ALONE.match(text)]
    return readable if readable and len(readable) == len(found) else [f"{{{name}}}"]


def _elements(node: ast.expr, scope: Scope) -> list[str]:
    """What a loop over this walks."""
    match node:
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [text for element in elements for text in _texts(element, scope)]
        case ast.Name(id=name) if inner := scope.deeper():
            return [text for value in scope.values(name) for text in _elements(value, inner)]
    return [placeholder(node)]


def _attribute(node: ast.Attribute, scope: Scope) -> list[str]:
    match node:
        case ast.Attribute(attr="__name__", value=ast.Attribute(attr="__class__")):
            # Of a base class it is the name of whatever derives from it.
            base = scope.owner is None or scope.owner.name.startswith("Base")
            return ["{class_name}" if base or scope.owner is None else scope.owner.name]
        case ast.Attribute(attr=attr, value=ast.Name(id=of)) if of.endswith("State") and attr.isupper():
            return [attr.lower()]  # Airflow's states are named after their values
        case ast.Attribute(attr=attr, value=ast.Name(id="self")) if attr.startswith("_"):
            return _given_to_constructor(attr, scope) or [placeholder(node)]
    return [placeholder(node)]


def _given_to_constructor(attr: str, scope: Scope) -> list[str]:
    """Texts given, anywhere in Airflow, for the parameter that the constructor keeps in `self.attr`."""
    if scope.owner is None:
        return []
    kept = [
        value.id
        for node in ast.walk(scope.owner)
        if isinstance(node, ast.Assign) and isinstance(value := node.value, ast.Name)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == attr
    ]
    return [
        word.value.value
        for name in kept
        for module in scope.sources.containing(f"{name}=")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == name and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
    ]


def _call(node: ast.Call, scope: Scope) -> list[str]:
    match node:
        case ast.Call(func=ast.Name(id="str"), args=[argument]):
            return _texts(argument, scope)
        case ast.Call(func=ast.Attribute(attr="lower", value=value), args=[]):
            return [text if _PLACEHOLDER.search(text) else text.lower() for text in _texts(value, scope)]
        case ast.Call(func=ast.Name(id="convert_camel_to_snake"), args=[argument]):
            return [re.sub(r"(?<!^)(?=[A-Z])", "_", text).lower() for text in _texts(argument, scope)]
    if scope.deeper() is None:
        return [placeholder(node)]
    found = [
        text
        for function, inner in scope.called(node)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Return) and statement.value is not None
        for text in _texts(statement.value, inner)
    ]
    return found or [placeholder(node)]
