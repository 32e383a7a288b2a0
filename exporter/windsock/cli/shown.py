"""Options of `windsock serve` about what is shown: collectors, DAGs, series; and the rehearsal of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from windsock.cardinality import CAP, Cardinality, Preset
from windsock.collect.collector import Collector
from windsock.collect.dags.choices import Choices
from windsock.collect.default import COLLECTORS
from windsock.errors import BadInput
from windsock.figures import Figures

F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """--cardinality, --dags, --without-dags, --max-series, --without-collector, --dry-run, what to choose."""
    for option in (
        click.option(
            "--assets",
            multiple=True,
            metavar="GLOB",
            default=("*",),
            show_default=True,
            envvar="WINDSOCK_ASSETS",
            help="Assets (2.x: URIs of datasets) that are shown, the first 200; may be given several times.",
        ),
        click.option(
            "--check-tasks",
            multiple=True,
            metavar="GLOB",
            envvar="WINDSOCK_CHECK_TASKS",
            help="Ids of tasks that check data, such as `check_*`: when each was green last. Several times if"
            " need be.",
        ),
        click.option(
            "--dag-tags",
            multiple=True,
            metavar="GLOB",
            envvar="WINDSOCK_DAG_TAGS",
            help="Tags that airflow_dag_info shows, such as `team-*`; may be given several times.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Read everything once, print how many series each family would have, and end.",
        ),
        click.option(
            "--without-collector",
            "without_collectors",
            multiple=True,
            metavar="NAME",
            envvar="WINDSOCK_WITHOUT_COLLECTOR",
            help="Leave out this collector (docs/metadb.md names them); may be given several times.",
        ),
        click.option(
            "--max-series",
            type=click.IntRange(min=1),
            default=CAP,
            show_default=True,
            envvar="WINDSOCK_MAX_SERIES",
            help="Series per family; what is above is counted in windsock_series_dropped.",
        ),
        click.option(
            "--without-dags",
            multiple=True,
            metavar="GLOB",
            envvar="WINDSOCK_WITHOUT_DAGS",
            help="No series of these DAGs, such as `test_*`; may be given several times.",
        ),
        click.option(
            "--dags",
            multiple=True,
            metavar="GLOB",
            envvar="WINDSOCK_DAGS",
            help="Series of these DAGs only; may be given several times.",
        ),
        click.option(
            "--cardinality",
            type=click.Choice([each.value for each in Preset]),
            default=Preset.DEFAULT.value,
            show_default=True,
            envvar="WINDSOCK_CARDINALITY",
            help="minimal: what the alerts need. full: everything of every DAG, below a thousand DAGs.",
        ),
    ):
        command = option(command)
    return command


def cardinality(
    *, preset: str, dags: tuple[str, ...], without_dags: tuple[str, ...], cap: int
) -> Cardinality:
    """What the options say."""
    return Cardinality(preset=Preset(preset), dags=dags, without=without_dags, cap=cap)


def choices(
    *,
    assets: tuple[str, ...],
    check_tasks: tuple[str, ...],
    dag_tags: tuple[str, ...],
    isolated: tuple[str, ...],
) -> Choices:
    """What the options say."""
    return Choices(assets=assets, check_tasks=check_tasks, dag_tags=dag_tags, isolated_operators=isolated)


def without(names: tuple[str, ...]) -> tuple[type[Collector[Any]], ...]:
    """The collectors but those.

    Raises:
        BadInput: there is no such collector.
    """
    known = {kind.name for kind in COLLECTORS}
    for name in names:
        if name not in known:
            raise BadInput(f"--without-collector: {name!r} is none (choices: {', '.join(sorted(known))})")
    return tuple(kind for kind in COLLECTORS if kind.name not in names)


def report(drawn: Mapping[Preset, Figures], chosen: Preset) -> str:
    """Families and their number of series in each preset, the most in the chosen one first."""
    counts = {preset: figures.counts() for preset, figures in drawn.items()}
    dropped = drawn[chosen].limit()
    names = sorted({name for each in counts.values() for name in each})
    names.sort(key=lambda name: -counts[chosen].get(name, 0))
    width = max(map(len, ("total", *names)))
    titles = [f"{preset.value}*" if preset is chosen else preset.value for preset in counts]
    lines = [f"{'family':{width}}" + "".join(f"{title:>10}" for title in titles)]
    lines += [_line(name, width, [each.get(name, 0) for each in counts.values()]) for name in names]
    lines.append(_line("total", width, [sum(each.values()) for each in counts.values()]))
    lines.append("")
    lines.append(f"* --cardinality {chosen.value}")
    lines += [
        f"{family}: {series:,} more are not shown ({reason})" for (family, reason), series in dropped.items()
    ]
    return "\n".join(lines)


def _line(name: str, width: int, values: list[int]) -> str:
    return f"{name:{width}}" + "".join(f"{value:>10,}" for value in values)
