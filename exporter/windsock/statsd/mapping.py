"""The mapping file of statsd_exporter, made from the catalogue for one Airflow."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

from windsock.airflow_versions import VERSIONS
from windsock.artifact import HEADER, Artifact, to_yaml
from windsock.statsd.entries import Entry, entries
from windsock.statsd.flags import VERSION, tuning
from windsock.statsd.options import CONSISTENCY_VERSION, PREFIX, Cardinality, Options
from windsock.wire import Profile

# Where the official chart mounts the mapping.
_CHART_PATH = "/etc/statsd-exporter/mappings.yml"
# A factor of 1 switches native histograms off, which statsd_exporter otherwise keeps beside the classic ones.
_NO_NATIVE = {"native_histogram_bucket_factor": 1}
_NATIVE = {"native_histogram_bucket_factor": 1.1, "native_histogram_max_buckets": 160}


def render(options: Options, extra: tuple[Entry, ...] = ()) -> str:
    """The whole file, of keys that statsd_exporter 0.31 knows: it refuses to start on any other.

    No default ttl: a rule could not switch it off again, and a counter that vanishes is a counter reset.
    """
    defaults = {"observer_type": "histogram", "histogram_options": _histograms(options)}
    about = f"# statsd_exporter mapping for {_words(options)}; tested with statsd_exporter {VERSION}.\n"
    head = to_yaml({"defaults": defaults}).replace(HEADER, f"{HEADER}{about}# Again: {command(options)}\n", 1)
    return f"{head}mappings:\n" + "".join(_entry(json.dumps(entry.body)) for entry in entries(options, extra))


def render_helm(options: Options, extra: tuple[Entry, ...] = ()) -> str:
    """Values for Airflow's official chart: the mapping instead of its own, and the flags.

    The chart writes `mappings` and no `defaults`, so that each timer says itself that it is a histogram.
    """
    mappings = []
    for entry in entries(options, extra):
        body = dict(entry.body)
        if "histogram_options" in body:
            body["observer_type"] = "histogram"
            body["histogram_options"] = {**body["histogram_options"], **_histograms(options)}
        mappings.append(body)
    values = {
        "images": {"statsd": {"tag": f"v{VERSION}"}},
        "statsd": {
            "enabled": True,
            "args": [f"--statsd.mapping-config={_CHART_PATH}", *tuning()],
            "overrideMappings": mappings,
        },
    }
    about = (
        f"# Values for Airflow's official Helm chart: statsd_exporter mapping for {_words(options)}.\n"
        "# After a change: kubectl rollout restart deployment/RELEASE-statsd; the chart does not do it.\n"
        f"# Again: {command(options)} --format helm\n"
    )
    return to_yaml(values).replace(HEADER, HEADER + about, 1)


def command(options: Options) -> str:
    """The command that prints this mapping, but for --extra."""
    words = [
        "windsock statsd mapping",
        f"--airflow {options.airflow}",
        f"--profile {options.profile.value}",
    ]
    if options.prefix != PREFIX:
        words.append(f"--prefix {options.prefix}")
    if options.cardinality is not Cardinality.DEFAULT:
        words.append(f"--cardinality {options.cardinality.value}")
    if options.timer_unit_consistency:
        words.append("--timer-unit-consistency on")
    if options.native_histograms:
        words.append("--native-histograms")
    words += [f"--custom-prefix {custom}" for custom in options.custom_prefixes]
    return " ".join(words)


def path(version: str, profile: Profile) -> str:
    """Where the committed file stands, below the repository's top level."""
    return f"exporter/generated/statsd/airflow-{version}-{profile.value}.yml"


@cache
def _entry(body: str) -> str:
    """One entry as YAML. Most stand in many of the 27 files, and PyYAML is slow."""
    return to_yaml({"mappings": [json.loads(body)]}).removeprefix(f"{HEADER}mappings:\n")


def _histograms(options: Options) -> dict[str, Any]:
    return dict(_NATIVE if options.native_histograms else _NO_NATIVE)


def _words(options: Options) -> str:
    words = f"Airflow {options.airflow}, profile {options.profile.value}, prefix {options.prefix}"
    if options.version == CONSISTENCY_VERSION:
        words += f", timer_unit_consistency {'on' if options.timer_unit_consistency else 'off'}"
    return words


ARTIFACTS = tuple(
    Artifact(path(version, profile), partial(render, Options(version=version, profile=profile)))
    for version in VERSIONS
    for profile in Profile
)
