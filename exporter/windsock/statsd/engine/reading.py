"""A mapping file's text to a `MappingFile`."""

from __future__ import annotations

from typing import Any

from windsock.statsd.engine import decoding, nodes
from windsock.statsd.engine.decoding import Decode, Decoder, Refused, Spot
from windsock.statsd.engine.dialect import V0_31, Dialect
from windsock.statsd.engine.mapping import (
    HistogramOptions,
    Mapping,
    MappingFile,
    Objective,
    SummaryOptions,
)
from windsock.statsd.engine.nodes import NotYaml

_OBSERVER = decoding.choice(
    {"histogram": "histogram", "summary": "summary", "": "summary"}, "invalid observer type '{}'"
)
_MATCH = decoding.choice({"regex": "regex", "glob": "glob", "": "glob"}, 'invalid match type "{}"')
_ACTION = decoding.choice({"drop": "drop", "map": "map", "": "map"}, 'invalid action type "{}"')
_KIND = decoding.choice({kind: kind for kind in ("counter", "gauge", "observer")}, "invalid metric type '{}'")


def _objective(spot: Spot) -> Objective:
    made: Objective = spot.decoder.struct(
        spot,
        Objective(),
        {"quantile": decoding.number, "error": decoding.number},
        "mapper.MetricObjective",
    )
    return made


def _quantiles(spot: Spot) -> list[Objective]:
    return spot.decoder.sequence(spot, _objective, "[]mapper.MetricObjective")


def _buckets(spot: Spot) -> list[float]:
    return spot.decoder.sequence(spot, decoding.number, "[]float64")


_SUMMARY: dict[str, Decode] = {
    "quantiles": _quantiles,
    "max_age": decoding.duration,
    "age_buckets": decoding.count,
    "buf_cap": decoding.count,
}
_HISTOGRAM: dict[str, Decode] = {
    "buckets": _buckets,
    "native_histogram_bucket_factor": decoding.number,
    "native_histogram_max_buckets": decoding.count,
}


def _options(empty: type, fields: dict[str, Decode], *, optional: bool) -> Decode:
    def decode(spot: Spot) -> Any:
        if nodes.is_nothing(spot.node):
            return None if optional else empty()
        into = empty() if spot.held is None else spot.held
        return spot.decoder.struct(spot, into, fields, f"mapper.{empty.__name__}")

    return decode


def _labels(spot: Spot) -> dict[str, str]:
    return spot.decoder.text_map(spot, spot.held, "prometheus.Labels")


_DEFAULTS: dict[str, Decode] = {
    "observer_type": _OBSERVER,
    "match_type": _MATCH,
    "glob_disable_ordering": decoding.boolean,
    "ttl": decoding.duration,
    "summary_options": _options(SummaryOptions, _SUMMARY, optional=False),
    "histogram_options": _options(HistogramOptions, _HISTOGRAM, optional=False),
}
_MAPPING: dict[str, Decode] = {
    "match": decoding.text,
    "name": decoding.text,
    "labels": _labels,
    "honor_labels": decoding.boolean,
    "observer_type": _OBSERVER,
    "match_type": _MATCH,
    "help": decoding.text,
    "action": _ACTION,
    "match_metric_type": _KIND,
    "ttl": decoding.duration,
    "summary_options": _options(SummaryOptions, _SUMMARY, optional=True),
    "histogram_options": _options(HistogramOptions, _HISTOGRAM, optional=True),
    "scale": decoding.optional_number,
}
KEYS = tuple(_MAPPING)


_OLD_KIND = decoding.choice(
    {"counter": "counter", "gauge": "gauge", "observer": "observer", "timer": "observer"},
    "invalid metric type '{}'",
)
# What releases before 0.31 know besides.
_DEPRECATED: dict[str, Decode] = {"timer_type": _OBSERVER, "buckets": _buckets, "quantiles": _quantiles}


def _file(dialect: Dialect) -> dict[str, Decode]:
    """The keys of a whole file for a release."""
    defaults, mapping = _DEFAULTS, _MAPPING
    names = ("mapper.MapperConfigDefaults", "mapper.MetricMapping")
    if dialect.deprecated:
        # Messages name the types, and these had others then.
        names = ("mapper.mapperConfigDefaultsAlias", "mapper.MetricMappingAlias")
        defaults = {**_DEFAULTS, **_DEPRECATED}
        mapping = {**_MAPPING, **_DEPRECATED, "match_metric_type": _OLD_KIND}

    def one(spot: Spot) -> Any:
        return spot.decoder.struct(spot, Mapping(), mapping, names[1])

    return {
        "defaults": lambda spot: spot.decoder.struct(spot, spot.held, defaults, names[0]),
        "mappings": lambda spot: spot.decoder.sequence(spot, one, "[]mapper.MetricMapping"),
        **dict.fromkeys(("registerer", "fsm", "mappingscount", "logger"), decoding.internal),
    }


def read(text: str, dialect: Dialect = V0_31) -> MappingFile:
    """Read a mapping file.

    Raises:
        Refused: it is no YAML, or statsd_exporter cannot decode it. The text is the original's own for values
            and keys; for YAML's syntax it is PyYAML's.
    """
    made, wrong = _read(text, Decoder(strict=dialect.strict), dialect)
    if wrong:
        messages = "\n".join(f"  line {line}: {message}" for line, message in wrong)
        raise Refused(wrong[0][0], f"yaml: unmarshal errors:\n{messages}")
    return made


def examine(text: str, dialect: Dialect = V0_31) -> tuple[MappingFile, list[tuple[int, str]]]:
    """What can be read of a mapping file, and everything that is wrong with the rest: (line, message).

    Raises:
        Refused: it is no YAML.
    """
    return _read(text, Decoder(strict=dialect.strict, patient=True), dialect)


def _read(text: str, decoder: Decoder, dialect: Dialect) -> tuple[MappingFile, list[tuple[int, str]]]:
    try:
        root = nodes.compose(text)
    except NotYaml as error:
        raise Refused(error.line, f"not valid YAML: {error}") from error
    made = MappingFile()
    if root is not None:
        try:
            decoder.struct(Spot(decoder, root, ()), made, _file(dialect), "mapper.MetricMapper")
        except decoding.Skip:
            pass
        except RecursionError as error:
            raise Refused(1, "nested too deeply") from error
    made.lines = decoder.lines
    made.ignored = decoder.ignored
    return made, decoder.wrong
