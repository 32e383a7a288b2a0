"""All glob rules of a mapping as one automaton, with the original's order of search and its blind spots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windsock.statsd.engine.line import Kind

KINDS: tuple[Kind, ...] = ("counter", "gauge", "observer")


class _State:
    """A place in the automaton.

    Attributes:
        children: what the next part of the name leads to; `*` is any part.
        rule: index of the rule that ends here; None also for a rule that came too late, see `Globs.add`.
        priority: the lower wins.
        shortest: least number of parts that may follow.
        longest: greatest number of parts that may follow.
    """

    __slots__ = ("children", "longest", "priority", "rule", "shortest")

    def __init__(self, left: int) -> None:
        self.children: dict[str, _State] = {}
        self.rule: int | None = None
        self.priority = 0
        self.shortest = left
        self.longest = left

    def fits(self, left: int) -> bool:
        return self.shortest <= left <= self.longest


class Globs:
    """Glob rules by type of metric."""

    def __init__(self, *, ordered: bool = True) -> None:
        self._roots = {kind: _State(0) for kind in KINDS}
        self._ordered = ordered
        self._matches: list[str] = []
        self._backtracks = True

    def add(self, match: str, kind: Kind | None, rule: int) -> int:
        """Add a rule, for all types if `kind` is None; returns how many stars it has.

        A state keeps the rule that made it. So a rule whose pattern an earlier rule has already passed
        through, or ended at, is never found; in the second case it still takes the first one's place in the
        order.
        """
        parts = match.split(".")
        for root in [self._roots[kind]] if kind else self._roots.values():
            state = root
            for index, part in enumerate(parts):
                left = len(parts) - index - 1
                child = state.children.get(part)
                if child is None:
                    child = state.children[part] = _State(left)
                    if left == 0:
                        child.rule = rule
                else:
                    child.longest = max(left, child.longest)
                    child.shortest = min(left, child.shortest)
                state = child
            state.priority = len(self._matches)
        self._matches.append(match)
        return parts.count("*")

    def close(self) -> None:
        """Decide whether a search may turn back; call it after the last `add`."""
        self._backtracks = self._ordered or any(
            needs_backtracking(index, self._matches) for index in range(len(self._matches))
        )

    def find(self, name: str, kind: Kind) -> tuple[int, list[str]] | None:
        """The rule for a name and what its stars stand for; None if no rule takes it."""
        parts = name.split(".")
        last = len(parts) - 1
        captures = [""] * len(parts)
        best: _State | None = None
        best_captures = captures
        # Stars beside a literal part, to be tried later: state, depth, number of captures, part.
        pending: list[tuple[_State, int, int, str]] = []
        state, depth, captured = self._roots[kind], -1, 0
        while True:
            while depth < last:
                part, left = parts[depth + 1], last - depth - 1
                literal, star = state.children.get(part), state.children.get("*")
                if star is not None and not star.fits(left):
                    star = None
                if literal is None or not literal.fits(left):
                    if star is None:
                        break
                    captures[captured] = part
                    captured += 1
                    state = star
                else:
                    if star is not None and self._backtracks:
                        pending.append((star, depth + 1, captured, part))
                    state = literal
                depth += 1
            else:
                if state.rule is not None:
                    if not self._ordered:
                        return state.rule, captures
                    if best is None or state.priority < best.priority:
                        best, best_captures = state, captures.copy()
            if not pending:
                break
            state, depth, captured, part = pending.pop()
            captures[captured] = part
            captured += 1
        return None if best is None or best.rule is None else (best.rule, best_captures)


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` takes every name that `narrow` takes; both are globs."""
    ours, theirs = wide.split("."), narrow.split(".")
    return len(ours) == len(theirs) and all(
        one in {"*", other} for one, other in zip(ours, theirs, strict=True)
    )


def needs_backtracking(index: int, matches: Sequence[str]) -> bool:
    """The original's own test, which decides whether it turns back at all with glob_disable_ordering."""
    own = matches[index]
    length = own.count(".")
    others = [other for at, other in enumerate(matches) if at != index and other.count(".") == length]
    starts = [own[:at] for at, mark in enumerate(own) if mark == "*"]
    if not any(other.startswith(start) for start in starts for other in others):
        return False
    return not any(covers(own, other) or covers(other, own) for other in others)


def shadowed_by(matches: Iterable[str], match: str) -> str | None:
    """The first of the earlier patterns that passes through `match`, which hides it for good."""
    return next((earlier for earlier in matches if earlier.startswith(f"{match}.")), None)
