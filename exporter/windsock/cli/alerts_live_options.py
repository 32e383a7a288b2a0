"""Options of the commands that ask Prometheus and Alertmanager."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)

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
form: Callable[[F], F] = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
