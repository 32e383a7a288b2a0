"""Mapping files, most of them valid, many of them odd."""

from __future__ import annotations

from tests.differential.draw import Draw
from tests.differential.words import BROKEN, DOCUMENTS, LABELS, REGEXES, SEGMENTS, TEMPLATES, WORDS, quote


class Text:
    """One mapping file.

    Attributes:
        text: what stands in it.
        globs: its glob patterns.
    """

    def __init__(self, draw: Draw, number: int) -> None:
        self._draw = draw
        self._number = number
        self.globs: list[str] = []
        self.text = self._file()

    def _file(self) -> str:
        draw = self._draw
        rules = [self._rule() for _ in range(draw.number(1, 6))]
        if draw.chance(0.06, "yaml: anchor and merge"):
            self._merge(rules)
        if draw.chance(0.02, "yaml: odd document"):
            return draw.one(DOCUMENTS)
        lines = [*(self._defaults() if draw.chance(0.5) else ()), "mappings:"]
        for rule in rules:
            first, *rest = [line for value in rule.values() for line in value]
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return "\n".join(lines) + "\n"

    def _merge(self, rules: list[dict[str, list[str]]]) -> None:
        draw = self._draw
        shared = draw.one(["{env: prod, zone: z1}", "{task: $1}", "{env: x}"])
        rules[0]["labels"] = [f"labels: &shared {shared}"]
        for rule in rules[1:]:
            own = draw.one(["env: own", "other: b1", "zz: ~"])
            both = f"<<: *shared, {own}" if draw.chance(0.5) else f"{own}, <<: *shared"
            rule["labels"] = [f"labels: {{{both}}}" if draw.chance(0.6) else "labels: *shared"]

    def _defaults(self) -> list[str]:
        draw = self._draw
        lines = []
        if draw.chance(0.4, "defaults: observer_type"):
            lines.append(f"  observer_type: {draw.one(['histogram', 'summary', 'histogram', '~', repr('')])}")
        if draw.chance(0.15, "defaults: match_type"):
            lines.append(f"  match_type: {draw.one(['glob', 'regex', '~'])}")
        if draw.chance(0.35, "defaults: glob_disable_ordering"):
            lines.append(f"  glob_disable_ordering: {draw.one(['true', 'yes', 'on', 'false', 'y', 'TRUE'])}")
        if draw.chance(0.2, "defaults: ttl"):
            lines.append(f"  ttl: {draw.one(['1h', '2h30m', '1.5h', '3600s', '100000000000000', '9e15'])}")
        if draw.chance(0.15, "defaults: histogram_options"):
            buckets = draw.one(["[1, 2, 5]", "[0.1]", "[1e1, .inf]", "[]"])
            lines.append(f"  histogram_options: {{buckets: {buckets}}}")
        if draw.chance(0.15, "defaults: summary_options"):
            lines.append("  summary_options: {quantiles: [{quantile: 0.25, error: 0.01}], age_buckets: 3}")
        if draw.chance(0.01):
            lines.append(
                draw.one(["  ttl: 1d", "  ttl: '60'", "  buckets: [1]", "  match_type: x", "  ttl: true"])
            )
        return ["defaults:", *lines] if lines else []

    def _rule(self) -> dict[str, list[str]]:
        draw = self._draw
        regex = draw.chance(0.3, "rule: regex")
        pattern = self._regex() if regex else self._glob()
        rule = {"match": [f"match: {quote(pattern)}"], "name": [f"name: {quote(self._name())}"]}
        if regex:
            rule["match_type"] = ["match_type: regex"]
        elif draw.chance(0.1):
            rule["match_type"] = [f"match_type: {draw.one(['glob', repr('')])}"]
        if chosen := draw.some(LABELS, 3):
            values = [quote(draw.kind(TEMPLATES, "template")(draw), draw) for _ in chosen]
            rows = [f"  {label}: {value}" for label, value in zip(chosen, values, strict=True)]
            rule["labels"] = ["labels:", *rows]
        for key, probability, values in (
            ("honor_labels", 0.2, ["true", "yes", "false"]),
            ("match_metric_type", 0.25, ["counter", "gauge", "observer", "~"]),
            ("action", 0.12, ["drop", "drop", "map", "~"]),
            ("help", 0.15, ["Some help.", "back\\slash", "'quoted # text'", '"two\\nlines"']),
            (
                "scale",
                0.15,
                ["1000", "0.5", "-1", "0", "1e-3", "~", "NULL", "0x10", ".5", ".inf", "0b11", "010"],
            ),
            ("ttl", 0.1, ["1h", "0", "2h", "~", "0s", "9000000000000"]),
        ):
            if draw.chance(probability, f"rule: {key}"):
                rule[key] = [f"{key}: {draw.one(values)}"]
        if draw.chance(0.35):
            rule |= self._observer()
        if draw.chance(0.055):
            for line in draw.kind(BROKEN, "refused")(draw):
                key = line.split(":", 1)[0]
                # Twice only where that is the point.
                rule[key] = [*rule.get(key, []), line] if line == "help: b" else [line]
        return rule

    def _glob(self) -> str:
        draw = self._draw
        if self.globs and draw.chance(0.15, "rule: duplicate glob"):
            pattern = draw.one(self.globs)
        elif self.globs and draw.chance(0.12, "rule: prefix of an earlier glob"):
            earlier = draw.one(self.globs).split(".")
            pattern = ".".join(earlier[: max(1, len(earlier) - 1)])
        elif self.globs and draw.chance(0.25, "rule: overlapping glob"):
            parts = draw.one(self.globs).split(".")
            parts[draw.number(0, len(parts) - 1)] = draw.one(["*", *SEGMENTS])
            pattern = ".".join(parts)
        else:
            parts = [draw.one(["*", "*", *SEGMENTS]) for _ in range(draw.number(1, 4))]
            pattern = ".".join(parts)
        if pattern[0] == "9":
            pattern = f"a.{pattern}"
        if pattern.count("*") > 1:
            draw.hits.add("rule: several stars")
        self.globs.append(pattern)
        return pattern

    def _regex(self) -> str:
        draw = self._draw
        word = draw.one(["a", "ti", "start", "b", "x-1", r"a\.b"])
        return draw.one(REGEXES).replace("{0}", word)

    def _name(self) -> str:
        draw = self._draw
        word = draw.one(WORDS)
        if draw.chance(0.25, "rule: name with reference"):
            return draw.one(
                [f"{word}_${{1}}", f"m_$1_{self._number}", "$1", "${1}${2}", "$0", f"{word}$2", "$7"]
            )
        return f"{word}_{self._number}" if draw.chance(0.7) else f"m{self._number}_{word}"

    def _observer(self) -> dict[str, list[str]]:
        draw = self._draw
        kind = draw.one(["histogram", "summary", ""])
        rule = {"observer_type": [f"observer_type: {kind}"]} if kind else {}
        if kind == "histogram" and draw.chance(0.6, "rule: histogram_options"):
            buckets = draw.one(["[1, 2, 5]", "[.5]", "[-1, 0, 1e6]", "[1, .inf]", "[]", "[0.1, 0x2]", "~"])
            if draw.chance(0.1, "crash: buckets"):
                buckets = draw.one(["[5, 1]", "[1, 1]"])
            more = draw.one(
                ["", ", native_histogram_bucket_factor: 1.5", ", native_histogram_max_buckets: 10"]
            )
            rule["histogram_options"] = [f"histogram_options: {{buckets: {buckets}{more}}}"]
        if kind == "summary" and draw.chance(0.6, "rule: summary_options"):
            quantiles = draw.one(
                [
                    "[{quantile: 0.5, error: 0.05}]",
                    "[]",
                    "[{quantile: 0, error: 0.1}, {quantile: 1, error: 0.1}]",
                ]
            )
            more = draw.one(["", ", max_age: 5m", ", age_buckets: 2", ", buf_cap: 100"])
            rule["summary_options"] = [f"summary_options: {{quantiles: {quantiles}{more}}}"]
        if not kind and draw.chance(0.3, "rule: options without observer_type"):
            line = draw.one(["histogram_options: {buckets: [1, 2]}", "summary_options: {age_buckets: 1}"])
            rule[line.split(":", 1)[0]] = [line]
        return rule
