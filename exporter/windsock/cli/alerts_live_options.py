"""Options of the commands that ask Prometheus and Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)


def _label(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name):
        raise click.BadParameter(f"{name!r} is no name of a label; write e.g. airflow or cluster")
    return name


alerts_file: Callable[[F], F] = click.option(
    "--alerts-file", type=_FILE, envvar="WINDSOCK_ALERTS_FILE", help="Your settings. Defaults without it."
)
alertmanager_url: Callable[[F], F] = click.option(
    "--alertmanager-url",
    envvar="WINDSOCK_ALERTMANAGER_URL",
    help="Where Alertmanager answers, e.g. http://127.0.0.1:9093; user:password@ is possible.",
)
prometheus_url: Callable[[F], F] = click.option(
    "--prometheus-url",
    envvar="WINDSOCK_PROMETHEUS_URL",
    help="Where Prometheus answers, e.g. http://127.0.0.1:9090; user:password@ is possible.",
)
airflow_label: Callable[[F], F] = click.option(
    "--airflow-label",
    default="airflow",
    show_default=True,
    envvar="WINDSOCK_AIRFLOW_LABEL",
    callback=_label,
    help="What Prometheus calls the label that says which Airflow it is, as in your alerts file.",
)
form: Callable[[F], F] = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
