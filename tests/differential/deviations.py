"""Mistakes that an engine like ours could have. Each must be found by the cases."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

import pytest

from windsock.statsd.engine import engine, line, matching, nodes, registry, rules, scalars, series
from windsock.statsd.engine.globs import Globs
from windsock.statsd.engine.line import Event, Parser
from windsock.statsd.engine.templates import GlobTemplate

Plant = Callable[[pytest.MonkeyPatch], None]


def _dashes_one_each(patch: pytest.MonkeyPatch) -> None:
    def escape(name: str) -> str:
        escaped = re.sub(r"[^a-zA-Z0-9_]", "_", name)
        return f"_{escaped}" if name[:1].isdigit() else escaped

    patch.setattr(engine, "escape", escape)
    patch.setattr(line, "escape", escape)


def _shorter_glob_found(patch: pytest.MonkeyPatch) -> None:
    add = Globs.add

    def finding(self: Globs, match: str, kind: line.Kind | None, rule: int) -> int:
        stars = add(self, match, kind, rule)
        for root in [self._roots[kind]] if kind else self._roots.values():
            state = root
            for part in match.split("."):
                state = state.children[part]
            state.rule = rule if state.rule is None else state.rule
        return stars

    patch.setattr(Globs, "add", finding)


def _first_duplicate_keeps_place(patch: pytest.MonkeyPatch) -> None:
    add = Globs.add

    def keeping(self: Globs, match: str, kind: line.Kind | None, rule: int) -> int:
        if match in self._matches:
            self._matches.append(match)
            return match.count("*")
        return add(self, match, kind, rule)

    patch.setattr(Globs, "add", keeping)


def _reference_ends_at_its_digits(patch: pytest.MonkeyPatch) -> None:
    def compile_(template: str, captures: int, *, whole_name: bool = True) -> GlobTemplate:
        braced = re.sub(r"\$([0-9]+)(?![a-zA-Z0-9_])", r"${\1}", template)
        return original(braced, captures, whole_name=whole_name)

    original = GlobTemplate.compile
    patch.setattr(GlobTemplate, "compile", compile_)


def _repetitions_rounded(patch: pytest.MonkeyPatch) -> None:
    truncated = line.repetitions
    patch.setattr(line, "repetitions", lambda rate: round(1 / rate) if 0.01 < rate < 1 else truncated(rate))


def _regex_from_the_start(patch: pytest.MonkeyPatch) -> None:
    by_regex = matching.by_regex

    def anchored(rule: rules.Rule, name: str) -> matching.Match | None:
        return by_regex(rule, name) if rule.regex.match(name) else None

    patch.setattr(matching, "by_regex", anchored)


def _labels_of_a_line_apart(patch: pytest.MonkeyPatch) -> None:
    parse = Parser.parse

    def apart(self: Parser, text: bytes) -> list[Event]:
        events = parse(self, text)
        for event in events:
            event.labels = dict(event.labels)
        return events

    patch.setattr(Parser, "parse", apart)


def _suffixes_free(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(registry, "_SUFFIXES", ())


def _bucket_below_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(series, "bisect_left", bisect_right)


def _exact_null_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(nodes, "is_nothing", lambda node: node.value in ("", "~", "null", "NULL"))


def _octal_is_decimal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        scalars, "_INT", re.compile(scalars._INT.pattern.replace("0[oO]?(?P<oct>", "0[oO](?P<oct>"))
    )


def _order_ignored_with_globs_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Globs, "close", lambda self: None)


PLANTED: dict[str, Plant] = {
    "each dash of a run becomes an underscore": _dashes_one_each,
    "a glob is found behind a longer one": _shorter_glob_found,
    "the first of two equal globs keeps its place": _first_duplicate_keeps_place,
    "$1 leaves $10 alone": _reference_ends_at_its_digits,
    "1/rate is rounded": _repetitions_rounded,
    "a regular expression is anchored at the start": _regex_from_the_start,
    "samples of a line have labels of their own": _labels_of_a_line_apart,
    "X_count and X live together": _suffixes_free,
    "a value on a bucket's bound belongs to the next": _bucket_below_only,
    "NULL is the same as null": _exact_null_only,
    "010 is ten": _octal_is_decimal,
    "glob_disable_ordering always turns back": _order_ignored_with_globs_first,
}
