"""Rules of the user beside ours: read, checked, and refused where they would take a line of Airflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from windsock import yamlfile
from windsock.catalog import BY_NAME
from windsock.errors import BadInput
from windsock.statsd.entries import Entry, entries
from windsock.statsd.mapping import command
from windsock.statsd.options import Options
from windsock.statsd.patterns import Match
from windsock.wire import PLACEHOLDER, Wire

_WIRES = {"counter": Wire.COUNTER, "gauge": Wire.GAUGE, "observer": Wire.TIMER}
_GLOB = re.compile(r"(\*|[A-Za-z_][A-Za-z0-9_-]*)(\.(\*|[A-Za-z0-9_-]+))*")
_NAME = re.compile(r"([A-Za-z_]|\$\{?\d+\}?)([A-Za-z0-9_]|\$\{?\d+\}?)*")
_LABEL = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]+")
_DURATION = re.compile(r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")
# What Python has and RE2 has not: look-around, back-references.
_NOT_RE2 = re.compile(r"\(\?(<?[=!]|P=|\()|\\[1-9]")
# Ids as they come: plain, of a task group, with the characters that Airflow allows.
_SAMPLE_IDS = ("x", "group.task", "a-b_c.1")


class _Mapping(yamlfile.Entry):
    """One rule, with the keys of statsd_exporter 0.31."""

    match: str
    name: str
    match_type: Literal["glob", "regex"] = "glob"
    match_metric_type: Literal["counter", "gauge", "observer"] | None = None
    action: Literal["map", "drop"] = "map"
    labels: dict[str, str] = Field(default_factory=dict)
    honor_labels: bool = False
    observer_type: Literal["histogram", "summary"] | None = None
    help: str | None = None
    ttl: str | None = None
    scale: float | None = None
    histogram_options: dict[str, Any] | None = None
    summary_options: dict[str, Any] | None = None

    @field_validator("ttl", mode="before")
    @classmethod
    def _ttl(cls, ttl: object) -> object:
        if ttl is not None and not (isinstance(ttl, str) and _DURATION.fullmatch(ttl)):
            raise ValueError("a time needs its unit, such as 5m; a bare number would be nanoseconds")
        return ttl

    @field_validator("labels", mode="before")
    @classmethod
    def _texts(cls, labels: object) -> object:
        """YAML makes a number of `200`; statsd_exporter takes the text."""
        return {key: str(value) for key, value in labels.items()} if isinstance(labels, dict) else labels


class _File(yamlfile.Entry):
    """What `--extra` takes: no defaults, since those would change our rules as well."""

    mappings: list[_Mapping]


def read(path: Path, options: Options) -> tuple[Entry, ...]:
    """The user's rules, in their order.

    Raises:
        BadInput: `file:line: key: why`; not a rule of statsd_exporter, or one that takes a line of Airflow.
    """
    file, lines = yamlfile.load_with_lines(path, _File)
    read_so_far: dict[tuple[str, str | None], int] = {}
    result = []
    for index, rule in enumerate(file.mappings):
        for key, why in chain(_broken(rule), _shadowing(rule, options)):
            raise lines.wrong("mappings", index, key, why=why)
        twin = read_so_far.setdefault((rule.match, rule.match_metric_type), index)
        if twin != index:
            where = lines.line("mappings", twin, "match")
            raise lines.wrong("mappings", index, "match", why=f"stands twice, first in line {where}")
        body = rule.model_dump(exclude_unset=True, exclude_none=True)
        wire = _WIRES.get(rule.match_metric_type or "")
        result.append(Entry(Match(text=rule.match, regex=rule.match_type == "regex"), wire, body))
    return tuple(result)


def check_custom(options: Options) -> None:
    """Refuse a prefix for the user's own metrics under which Airflow sends lines itself.

    Raises:
        BadInput: names the line of Airflow.
    """
    for custom in options.custom_prefixes:
        for entry in entries(options):
            if entry.line and f"{entry.line}.".startswith(f"{custom}."):
                raise BadInput(
                    f"--custom-prefix: {custom!r} is the beginning of Airflow's own {entry.line}; choose a"
                    " prefix that only your metrics have"
                )


def _broken(rule: _Mapping) -> Iterator[tuple[str, str]]:
    if rule.match_type == "glob" and not _GLOB.fullmatch(rule.match):
        yield (
            "match",
            f"{rule.match!r} is no glob: words and single stars with dots between (else match_type: regex)",
        )
    if rule.match_type == "regex":
        if _NOT_RE2.search(rule.match):
            yield "match", "look-around and back-references are not in RE2, which statsd_exporter uses"
        try:
            re.compile(rule.match)
        except re.error as error:
            yield "match", f"not a regular expression: {error.msg}"
    if not _NAME.fullmatch(rule.name):
        yield "name", f"{rule.name!r} cannot be a metric's name: letters, digits, underscores, ${{1}}"
    if rule.action == "map" and rule.name in BY_NAME:
        yield "name", f"{rule.name} is a family of ours; choose another name"
    for label in rule.labels:
        if not _LABEL.fullmatch(label):
            yield "labels", f"{label!r} cannot be a label: two or more letters, digits, underscores"


def _shadowing(rule: _Mapping, options: Options) -> Iterator[tuple[str, str]]:
    """Whether a name that one of our rules is for fits the user's rule, or the other way round."""
    wire = _WIRES.get(rule.match_metric_type or "")
    theirs = Match(text=rule.match, regex=rule.match_type == "regex")
    named = _names_of(theirs)
    numbered = enumerate(entries(options), start=1)
    for number, entry in sorted(numbered, key=lambda one: one[1].match.regex):
        if not entry.line or (wire and entry.wire and wire is not entry.wire):
            continue
        if any(_fits(theirs, name) for name in _samples(entry.line, options.prefix)) or any(
            _fits(entry.match, name) for name in named
        ):
            body = entry.body
            ours = f"drops them ({body['name']})" if body.get("action") == "drop" else f"makes {body['name']}"
            why = f"{rule.match!r} takes lines of Airflow from our rule {number}, {entry.match.text!r}, which"
            yield "match", f"{why} {ours} ({command(options)} prints it); make yours narrower"
            return


def _samples(line: str, prefix: str) -> Iterator[str]:
    for sample in _SAMPLE_IDS if "{" in line else _SAMPLE_IDS[:1]:
        yield f"{prefix}.{PLACEHOLDER.sub(sample, line)}"


def _names_of(match: Match) -> tuple[str, ...]:
    """Names that a rule surely fits: one for each way to fill the stars, none for expressions with any."""
    if not match.regex:
        return tuple(match.text.replace("*", sample) for sample in ("x", "success"))
    text = re.sub(r"\\([.\-])", r"\1", match.text.removeprefix("^").removesuffix("$"))
    return (text,) if re.fullmatch(r"[A-Za-z0-9_.-]+", text) and "\\." in match.text else ()


def _fits(match: Match, name: str) -> bool:
    if match.regex:
        return bool(re.search(match.text, name))
    parts, words = match.text.split("."), name.split(".")
    return len(parts) == len(words) and all(
        part in {"*", word} for part, word in zip(parts, words, strict=True)
    )
