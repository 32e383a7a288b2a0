"""What a timer is given: a timedelta, or a number and of what."""

from __future__ import annotations

import ast

from windsock.statsd.drift.source import Scope

UNREAD = "?"
_CLOCKS = ("monotonic()", "perf_counter()", "time.time()")
_INSTANTS = ("utcnow()", "now()", "date", "dttm", "time", "_at", "interval", "after")


def quantity(node: ast.expr, scope: Scope) -> set[str]:  # noqa: PLR0911 (one kind of expression each)
    """Some of `timedelta`, `seconds`, `milliseconds`, `?`: one for each alternative."""
    inner = scope.deeper()
    if inner is None:
        return {UNREAD}
    text = ast.unparse(node)
    match node:
        case ast.Constant(value=None):  # `duration: timedelta | None = None`, set before it is sent
            return set()
        case ast.IfExp(body=body, orelse=orelse):
            return quantity(body, inner) | quantity(orelse, inner)
        case ast.Call(func=ast.Attribute(attr="total_seconds")):
            return {"seconds"}
        case ast.Call(func=ast.Attribute(attr="timedelta")) | ast.Call(func=ast.Name(id="timedelta")):
            return {"timedelta"}
        case ast.Call(func=ast.Name(id="max" | "min"), args=arguments):
            return set().union(*(quantity(argument, inner) for argument in arguments))
        case ast.BinOp(op=ast.Mult(), right=ast.Constant(value=1000), left=left):
            return {"milliseconds" if kind == "seconds" else UNREAD for kind in quantity(left, inner)}
        case ast.BinOp(op=ast.Sub()):
            if any(clock in text for clock in _CLOCKS):
                return {"seconds"}
            return {"timedelta" if any(word in text for word in _INSTANTS) else UNREAD}
        case ast.Name(id=name) if name in scope.given:
            return quantity(*scope.given[name])
        case ast.Name(id=name):
            found = set().union(*(quantity(value, inner) for value in inner.values(name)))
            return found or {UNREAD}
    return {UNREAD}
