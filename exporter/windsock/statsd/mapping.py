"""The mapping file of statsd_exporter, made from the catalogue for one Airflow version and profile."""

from __future__ import annotations

from functools import partial
from typing import Any

from windsock.artifact import HEADER, Artifact, to_yaml
from windsock.errors import BadInput
from windsock.metric import Statsd
from windsock.statsd.flags import VERSION
from windsock.statsd.rules import Rule, rules
from windsock.wire import VERSIONS, Profile, Wire

_MATCH_METRIC_TYPE = {Wire.COUNTER: "counter", Wire.GAUGE: "gauge", Wire.TIMER: "observer"}

# A factor of 1 switches native histograms off, which statsd_exporter otherwise keeps beside the classic ones.
# No default ttl: a rule could not switch it off again, and a counter that vanishes is a counter reset.
_DEFAULTS = {"observer_type": "histogram", "histogram_options": {"native_histogram_bucket_factor": 1}}


def render(version: str, profile: Profile) -> str:
    """The whole file, of keys that statsd_exporter 0.31 knows: it refuses to start on any other."""
    body = {"defaults": _DEFAULTS, "mappings": [_entry(rule) for rule in rules(version, profile)]}
    about = (
        f"# statsd_exporter mapping for Airflow {version}, profile {profile.value}, prefix airflow;"
        f" tested with statsd_exporter {VERSION}.\n"
        f"# Again: windsock statsd mapping --airflow {version} --profile {profile.value}\n"
    )
    return to_yaml(body).replace(HEADER, HEADER + about, 1)


def choose(version: str, profile: str) -> tuple[str, Profile]:
    """What a user typed as version (`3.3` or `3.3.2`) and profile.

    Raises:
        BadInput: no such version or profile; names the choices.
    """
    line = ".".join(version.split(".")[:2])
    if line not in VERSIONS:
        raise BadInput(f"--airflow: no mapping for Airflow {version!r} (choices: {', '.join(VERSIONS)})")
    if profile not in {known.value for known in Profile}:
        choices = ", ".join(known.value for known in Profile)
        raise BadInput(f"--profile: no profile {profile!r} (choices: {choices})")
    return line, Profile(profile)


def path(version: str, profile: Profile) -> str:
    """Where the committed file stands, below the repository's top level."""
    return f"exporter/generated/statsd/airflow-{version}-{profile.value}.yml"


def _entry(rule: Rule) -> dict[str, Any]:
    entry: dict[str, Any] = {"match": rule.match}
    if rule.regex:
        entry["match_type"] = "regex"
    if rule.wire is not None:
        entry["match_metric_type"] = _MATCH_METRIC_TYPE[rule.wire]
    if rule.metric is None:
        assert rule.reason is not None  # noqa: S101 (a rule without metric has a reason)
        return {**entry, "name": rule.reason.value, "action": "drop", "help": rule.why}
    source = rule.metric.source
    assert isinstance(source, Statsd)  # noqa: S101 (rules are made of nothing else)
    entry |= {"name": rule.metric.name, "help": rule.metric.help}
    if rule.labels:
        entry["labels"] = dict(rule.labels)
    if source.ttl:
        entry["ttl"] = source.ttl
    if source.buckets:
        entry["histogram_options"] = {"buckets": list(source.buckets)}
    if rule.scale != 1:
        entry["scale"] = rule.scale
    return entry


ARTIFACTS = tuple(
    Artifact(path(version, profile), partial(render, version, profile))
    for version in VERSIONS
    for profile in Profile
)
