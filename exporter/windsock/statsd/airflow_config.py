"""Airflow's side of a mapping: the `[metrics]` settings that send what the mapping expects, and why each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from windsock.airflow_versions import VERSIONS, between, since, until
from windsock.statsd.blocklist import pattern, prefixes
from windsock.statsd.options import PREFIX, Options
from windsock.wire import Profile

HOST = "statsd-exporter"
PORT = 9125
HANDLER = "windsock_statsd_names.clean"

_WITH_TAGS = tuple(profile for profile in Profile if profile.tagged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What Airflow shall send, and where to.

    Attributes:
        mapping: the mapping that the settings must fit.
        host: where statsd_exporter listens; None where the official chart knows it.
        port: its UDP port.
    """

    mapping: Options
    host: str | None = HOST
    port: int = PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of `[metrics]`.

    Attributes:
        name: its name.
        value: its value.
        reason: one sentence for whoever reads the configuration.
        versions: the lines of Airflow that it is for.
        profiles: the profiles that it is for.
        in_chart: the official chart sets this value itself.
    """

    name: str
    value: str
    reason: str
    versions: tuple[str, ...] = VERSIONS
    profiles: tuple[Profile, ...] = tuple(Profile)
    in_chart: bool = False

    def applies(self, mapping: Options) -> bool:
        """Whether this Airflow and profile want it."""
        return mapping.version in self.versions and mapping.profile in self.profiles


def settings(target: Target) -> tuple[Setting, ...]:
    """The settings for this target, in the order of the file."""
    return tuple(setting for setting in _known(target) if setting.applies(target.mapping) and setting.value)


def _known(target: Target) -> Iterator[Setting]:
    yield from _address(target)
    yield from _form()
    yield Setting(
        name="stat_name_handler",
        value=HANDLER,
        reason="Without it one DAG id outside ASCII, or a long one, ends the scheduler of 2.x and blocks that"
        " DAG on 3.x; install windsock-statsd-names in every component first.",
    )
    yield from _twins(target.mapping)
    yield Setting(
        name="timer_unit_consistency",
        value=str(target.mapping.timer_unit_consistency),
        reason="Must be what the mapping was made for: with False queued and scheduled durations are sent in"
        " seconds, and the mapping multiplies them by 1000.",
        versions=("2.11",),
    )


def _address(target: Target) -> Iterator[Setting]:
    yield Setting(
        name="statsd_on",
        value="True",
        reason="Metrics are off by default.",
        profiles=(Profile.TAGS, Profile.PLAIN),
        in_chart=True,
    )
    yield Setting(
        name="statsd_datadog_enabled",
        value="True",
        reason="DogStatsD lines, which win over statsd_on. Every component needs the package `datadog` and,"
        " in a container, DD_ORIGIN_DETECTION_ENABLED=false: statsd_exporter drops lines with its id"
        " and no tags.",
        profiles=(Profile.DOGSTATSD,),
    )
    yield Setting(
        name="statsd_host",
        value=target.host or "",
        reason="Resolved once per process: a stable address, and statsd_exporter up before Airflow.",
    )
    yield Setting(
        name="statsd_port",
        value=str(target.port),
        reason="The UDP port of statsd_exporter.",
        in_chart=target.port == PORT,
    )
    yield Setting(
        name="statsd_prefix",
        value=target.mapping.prefix,
        reason="The mapping is made for this prefix.",
        in_chart=target.mapping.prefix == PREFIX,
    )


def _form() -> Iterator[Setting]:
    yield Setting(
        name="statsd_influxdb_enabled",
        value="True",
        reason="Ids come as tags, exact even with dots in them.",
        profiles=(Profile.TAGS,),
    )
    yield Setting(
        name="statsd_influxdb_enabled",
        value="False",
        reason="Ids come in the name: the mapping of this profile takes them from there.",
        profiles=(Profile.PLAIN,),
    )
    yield Setting(
        name="statsd_datadog_metrics_tags",
        value="True",
        reason="Ids come as tags.",
        profiles=(Profile.DOGSTATSD,),
    )
    yield Setting(
        name="statsd_disabled_tags",
        value="job_id,run_id,return_code",
        reason="The default and return_code, which is a number: as a tag it ends every task's supervisor on"
        " 2.7 and 2.8 with a TypeError, and the executor hears that the task failed.",
        versions=until("2.8"),
        profiles=(Profile.TAGS,),
    )
    yield Setting(
        name="statsd_disabled_tags",
        value="job_id,run_id",
        reason="The default; never empty it, each run would be a label.",
        versions=since("2.9"),
        profiles=(Profile.TAGS,),
    )
    yield Setting(
        name="statsd_disabled_tags",
        value="job_id,run_id",
        reason="The default; never empty it, each run would be a label.",
        profiles=(Profile.DOGSTATSD,),
    )


def _twins(mapping: Options) -> Iterator[Setting]:
    """What keeps names at home that the mapping drops."""
    yield Setting(
        name="legacy_names_on",
        value="False",
        reason="Halves the traffic: the mapping drops the names with ids in them.",
        versions=since("3.3"),
        profiles=_WITH_TAGS,
    )
    yield Setting(
        name="legacy_names_on",
        value="True",
        reason="The default; the mapping of this profile takes the ids from these names.",
        versions=since("3.3"),
        profiles=(Profile.PLAIN,),
    )
    yield Setting(
        name="metrics_use_pattern_match",
        value="True",
        reason="The list below holds a regular expression.",
        versions=between("2.9", "2.11"),
    )
    yield Setting(
        name="metrics_block_list",
        value=",".join(prefixes(mapping.version, mapping.profile)),
        reason="Second names of what the mapping takes under another name, as prefixes: 2.7 and 2.8 know no"
        " patterns, so those with the id in their middle still come and are dropped by the mapping.",
        versions=until("2.8"),
    )
    yield Setting(
        name="metrics_block_list",
        value=pattern(mapping.version, mapping.profile),
        reason="Second names of what the mapping takes under another name. Airflow splits the list at commas"
        " and puts it in lower case: no comma in a pattern, no capital classes.",
        versions=between("2.9", "3.1"),
    )
    yield Setting(
        name="metrics_block_list",
        value=pattern(mapping.version, mapping.profile),
        reason="Second names of what the mapping takes under another name. 3.2 has an option legacy_names_on"
        " for this and never reads it.",
        versions=("3.2",),
    )
    yield Setting(
        name="metrics_block_list",
        value=pattern(mapping.version, mapping.profile, legacy_names_on=mapping.profile is Profile.PLAIN),
        reason="What comes even without legacy names, or that no metric needs.",
        versions=since("3.3"),
    )
