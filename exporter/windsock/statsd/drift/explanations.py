"""Differences between the catalogue and an installation that are known, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from windsock.airflow_versions import AIRFLOW_3, VERSIONS, between, since, until
from windsock.statsd.drift.installation import Installation, numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a difference does not matter.

    Attributes:
        shape: regular expression for the whole name, ids as `{}`.
        status: of the row that it explains.
        lines: the Airflow lines for which it holds.
        before: the release of that line from which on it holds no longer; empty where it holds for all.
        why: the reason, as the table prints it.
    """

    shape: str
    status: str
    lines: tuple[str, ...] = VERSIONS
    before: str = ""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Names that come and go with the releases of a provider, not with Airflow's.

    Attributes:
        shape: regular expression for the whole name, ids as `{}`.
        distribution: the provider.
        lines: the Airflow lines for which it holds.
        since: the first release that sends it; empty where every release did.
        until: the first release that no longer sends it; empty where the newest does.
        status: of the row that it explains: `gone`, or `different` for one that had no tags before `since`.
    """

    shape: str
    distribution: str
    lines: tuple[str, ...] = VERSIONS
    since: str = ""
    until: str = ""
    status: str = "gone"


_CELERY = "apache-airflow-providers-celery"
_KUBERNETES = "apache-airflow-providers-cncf-kubernetes"
_AMAZON = "apache-airflow-providers-amazon"
_EDGE = "apache-airflow-providers-edge3"
_LINEAGE = "apache-airflow-providers-openlineage"
_BEFORE_3_3 = until("3.2")
_EDGE_COUNTED = r"edge_worker\.(heartbeat_count|ti\.start|ti\.finish)(\.\{\})+"
_EDGE_GAUGES = (
    r"edge_worker\.(connected|maintenance|jobs_active|concurrency|free_concurrency|num_queues)\.\{\}"
)

EXPLANATIONS = (
    Explanation(
        shape=r"(ti\.(start|finish)|ti_successes|operator_successes|task\.duration).*"
        r"|dag\.\{\}\.\{\}\.duration",
        status="new",
        lines=("3.0",),
        before="3.0.2",
        why="left over from 2.x in code that 3.0 does not run tasks with; gone in 3.0.2",
    ),
    Explanation(
        shape=r"ti\.(start|finish)(\.\{\})*",
        status="gone",
        lines=("3.1",),
        before="3.1.8",
        why="comes with 3.1.8",
    ),
    Explanation(
        shape=r"api_server\.dag_bag\..+",
        status="gone",
        lines=("3.2",),
        before="3.2.2",
        why="comes with 3.2.2",
    ),
    Explanation(
        shape=r"scheduler\.dag_bag\..+", status="gone", lines=("3.3",), before="3.3.2", why="comes with 3.3.2"
    ),
    Explanation(
        shape=r"\{\}_(start|end|heartbeat_failure)",
        status="new",
        lines=since("3.2"),
        why="sent as job_start, job_end, job_heartbeat_failure and schedulerjobrunner_end",
    ),
    Explanation(
        shape=r"(task|dag\.\{\}\.\{\})\.queued_duration",
        status="different",
        lines=AIRFLOW_3,
        why="the call is in a function that 3.x no longer uses when it runs a task",
    ),
    Explanation(
        shape=r"dag_processing\.last_duration\.\{\}",
        status="new",
        lines=("3.2",),
        why="sent with the bundle in its name: dag_processing.last_duration.{bundle_name}.{file_name}",
    ),
    Explanation(
        shape=r"edge_worker\.\{\}(\.\{\})?",
        status="new",
        why="named after a key that the worker reports of its machine: goes to the family for unknown gauges",
    ),
)

PROVIDERS = (
    Provider(shape=r"kubernetes_executor\.pod_creation_batch_.+", distribution=_KUBERNETES, since="10.21.0"),
    Provider(shape=r"kubernetes_executor\.pod_.+", distribution=_KUBERNETES, since="10.17.1"),
    Provider(
        shape=r"kubernetes_executor\.adopt_task_instances\.duration", distribution=_KUBERNETES, since="7.10.0"
    ),
    Provider(
        shape=r"kubernetes_executor\.clear_not_launched_queued_tasks\.duration",
        distribution=_KUBERNETES,
        since="7.10.0",
        until="10.2.0",
    ),
    Provider(shape=r"batch_executor\..+", distribution=_AMAZON, since="8.23.0"),
    Provider(shape=r"ecs_executor\..+", distribution=_AMAZON, since="8.20.0"),
    Provider(shape=r"lambda_executor\..+", distribution=_AMAZON, since="9.9.0"),
    Provider(shape=_EDGE_COUNTED, distribution=_EDGE, lines=_BEFORE_3_3, until="3.6.0"),
    Provider(shape=_EDGE_GAUGES, distribution=_EDGE, lines=_BEFORE_3_3, since="4.2.0"),
    Provider(shape=r"edge_worker\.status\.\{\}", distribution=_EDGE, lines=_BEFORE_3_3, since="4.2.0"),
    Provider(shape=r"edge_worker\.status", distribution=_EDGE, since="3.5.0"),
    Provider(shape=r"edge_.+", distribution=_EDGE),
    Provider(
        shape=r"ol\.(extract|emit\.attempts)\.\{\}\.\{\}",
        distribution=_LINEAGE,
        lines=_BEFORE_3_3,
        until="2.16.0",
    ),
    Provider(
        shape=r"ol\.(extract|event\.size)",
        distribution=_LINEAGE,
        lines=between("2.11", "3.2"),
        since="2.16.0",
    ),
    Provider(shape=r"ol\.emit\.attempts", distribution=_LINEAGE, since="2.11.0", status="different"),
    Provider(shape=r"ol\..+", distribution=_LINEAGE, since="1.3.0"),
    Provider(shape=r"celery\..+", distribution=_CELERY),
)


def provider_of(shape: str) -> str:
    """The distribution that sends a name; empty where Airflow itself does."""
    return next((known.distribution for known in PROVIDERS if re.fullmatch(known.shape, shape)), "")


def explain(shape: str, status: str, line: str, installation: Installation) -> str:
    """The reason for a difference; empty where there is none.

    Args:
        shape: the name, ids as `{}`.
        status: `new`, `gone` or `different`.
        line: the Airflow line of the catalogue.
        installation: which releases of the providers are there.
    """
    for provider in PROVIDERS:
        matches = re.fullmatch(provider.shape, shape) and line in provider.lines
        if matches and (why := _by_release(provider, status, installation)):
            return why
    for known in EXPLANATIONS:
        past = known.before and installation.release >= numbers(known.before)
        if known.status == status and line in known.lines and not past and re.fullmatch(known.shape, shape):
            return known.why
    return ""


def _by_release(provider: Provider, status: str, installation: Installation) -> str:
    version = installation.distributions.get(provider.distribution)
    if version is None or status != provider.status:
        return ""
    short = provider.distribution.removeprefix("apache-airflow-providers-")
    if provider.since and numbers(version) < numbers(provider.since):
        what = "tags come" if status == "different" else "comes"
        return f"{what} with provider {short} {provider.since}; {version} is installed"
    if provider.until and numbers(version) >= numbers(provider.until):
        return f"went with provider {short} {provider.until}; {version} is installed"
    return ""
