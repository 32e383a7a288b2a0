"""Every StatsD call in an installed Airflow: name, type, how the value is given, tags, place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from windsock.statsd.drift.installation import Installation
from windsock.statsd.drift.quantity import UNREAD, quantity
from windsock.statsd.drift.readings import reading
from windsock.statsd.drift.registry import Registered, registry
from windsock.statsd.drift.source import Function, Module, Scope, Sources
from windsock.statsd.drift.tags import Tags, entries, tags
from windsock.statsd.drift.texts import texts
from windsock.wire import Wire

_METHODS = {
    "incr": Wire.COUNTER,
    "decr": Wire.COUNTER,
    "gauge": Wire.GAUGE,
    "timing": Wire.TIMER,
    "timer": Wire.TIMER,
}
_SENDERS = frozenset({"Stats", "stats", "DualStatsManager"})
# Airflow's own StatsD client, which hands on what the others send.
_CLIENT = re.compile(
    r"^airflow/(stats\.py|metrics/|observability/|(sdk/)?_shared/observability/|sdk/observability/)"
)
_SINCE = re.compile(r"^AIRFLOW_V_(\d+)_(\d+)_PLUS$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One name that one call sends.

    Attributes:
        name: with `{label}` for each id.
        of: for a legacy name that the registry makes, the plain name in the call.
        wire: the StatsD type.
        method: `incr`, `decr`, `gauge`, `timer` or `timing`.
        given: what `timing` is given: `timedelta`, `seconds`, `milliseconds`, `?` where that cannot be read,
            alternatives with `or`. Empty for the other methods.
        tags: the keys.
        where: `file:line`, below site-packages.
    """

    name: str
    of: str | None
    wire: Wire
    method: str
    given: str
    tags: Tags
    where: str


def scan(installation: Installation) -> list[Sent]:
    """Every name that this Airflow and its providers can send, in the order of the files."""
    sources = Sources(installation.root)
    registered = registry(installation.root)
    found: list[Sent] = []
    for module in sources.containing(*(f".{method}(" for method in _METHODS)):
        if _CLIENT.match(module.path):
            continue
        senders = _imported(module)
        for call, scope in _calls(module, sources, installation.release, senders):
            dual = _makes_twins(ast.unparse(call.func), installation.release)
            found.extend(_sent(call, scope, registered if dual else {}))
    return found


def _makes_twins(sender: str, release: tuple[int, ...]) -> bool:
    """Whether a call sends the registry's legacy name too: in 3.2 its wrapper does, from 3.3 on every one."""
    return sender.startswith("DualStatsManager.") or release >= (3, 3)


def _imported(module: Module) -> frozenset[str]:
    """Names under which this file has Airflow's StatsD client."""
    return frozenset(
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in _SENDERS
    )


def _calls(
    module: Module, sources: Sources, release: tuple[int, ...], senders: frozenset[str]
) -> Iterator[tuple[ast.Call, Scope]]:
    def walk(
        node: ast.AST, functions: tuple[Function, ...], owner: ast.ClassDef | None
    ) -> Iterator[tuple[ast.Call, Scope]]:
        if isinstance(node, Function):
            functions = (node, *functions)
        elif isinstance(node, ast.ClassDef):
            owner = node
        elif isinstance(node, ast.Call) and _is_sender(node, senders):
            yield node, Scope(module=module, sources=sources, functions=functions, owner=owner)
        for child in _reached(node, release):
            yield from walk(child, functions, owner)

    yield from walk(module.tree, (), None)


def _is_sender(call: ast.Call, senders: frozenset[str]) -> bool:
    match call.func:
        case ast.Attribute(attr=method, value=ast.Name(id=name)):
            return method in _METHODS and name in senders
        case ast.Attribute(attr=method, value=ast.Attribute(attr="Stats", value=ast.Name(id="stats"))):
            return method in _METHODS  # the module instead of what is in it
    return False


def _reached(node: ast.AST, release: tuple[int, ...]) -> Iterator[ast.AST]:
    """Parts of a node that run on this Airflow: providers ask for its version."""
    if isinstance(node, ast.If) and (answer := _asks_version(node.test, release)) is not None:
        yield from node.body if answer else node.orelse
    else:
        yield from ast.iter_child_nodes(node)


def _asks_version(test: ast.expr, release: tuple[int, ...]) -> bool | None:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            answer = _asks_version(operand, release)
            return None if answer is None else not answer
        case ast.Name(id=name) | ast.Attribute(attr=name) if match := _SINCE.match(name):
            return release >= (int(match[1]), int(match[2]))
    return None


def _sent(call: ast.Call, scope: Scope, registered: Mapping[str, Registered]) -> Iterator[Sent]:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    arguments = _arguments(call, scope)
    base, extra = (_tags_of(arguments.get(key, [])) for key in ("tags", "extra_tags"))
    given = _given(method, arguments.get("dt", []))
    for text in dict.fromkeys(
        text for value, where in arguments.get("stat", []) for text in texts(value, where)
    ):
        known = reading(scope.module.path, text)
        told = base if known is None else base.told(known.tags)
        for name in (text,) if known is None else known.names:
            plain = Sent(
                name=name,
                of=None,
                wire=_METHODS[method],
                method=method,
                given=known.given if known and given == UNREAD else given,
                tags=told | extra,
                where=f"{scope.module.path}:{call.lineno}",
            )
            yield plain
            entry = registered.get(name)
            if entry is not None and entry.legacy is not None:
                # 3.2's wrapper gives the legacy name `tags` alone; from 3.3 on it gets what is not in it.
                left = (
                    told if "extra_tags" in arguments else Tags(told.keys - {*entry.variables}, told.unread)
                )
                yield replace(plain, name=entry.legacy, of=name, tags=left)


def _arguments(call: ast.Call, scope: Scope) -> dict[str, list[tuple[ast.expr, Scope]]]:
    """What the call gives for `stat`, `dt`, `tags` and `extra_tags`, by position, name or `**params`."""
    found: dict[str, list[tuple[ast.expr, Scope]]] = {}
    for key, value in zip(("stat", "dt"), call.args, strict=False):
        found[key] = [(value, scope)]
    for word in call.keywords:
        if word.arg:
            found[word.arg] = [(word.value, scope)]
            continue
        for key in ("stat", "dt", "tags", "extra_tags"):
            if values := entries(word.value, key, scope):
                found[key] = values
    return found


def _tags_of(values: list[tuple[ast.expr, Scope]]) -> Tags:
    found = Tags()
    for value, where in values:
        found |= tags(value, where)
    return found


def _given(method: str, values: list[tuple[ast.expr, Scope]]) -> str:
    if method != "timing":
        return ""
    return " or ".join(sorted({kind for value, where in values for kind in quantity(value, where)})) or UNREAD
