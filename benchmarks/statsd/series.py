"""How many series StatsD makes, and what statsd_exporter needs for them, by number of DAGs.

    .venv/bin/python -m benchmarks.statsd.series [--dags 100 --dags 1000]

Every name that so many DAGs with twenty tasks each send, once each; then /metrics is read.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

import click

from benchmarks.statsd.exporter import running
from benchmarks.statsd.traffic import of_dags
from demo.stack.ports import HOST
from windsock.statsd import mapping
from windsock.statsd.options import Cardinality, Options
from windsock.wire import Profile

VERSION, PROFILE = "3.3", Profile.TAGS


@click.command()
@click.option("--dags", multiple=True, type=int, default=(100, 1_000), show_default=True)
def main(*, dags: tuple[int, ...]) -> None:
    """Print a row for each number of DAGs and each preset."""
    click.echo("| DAGs | preset | names | series | MB | /metrics, MB | seconds |")
    for number in dags:
        for preset in (Cardinality.MINIMAL, Cardinality.DEFAULT):
            click.echo(_row(number, preset))


def _row(number: int, preset: Cardinality) -> str:
    traffic = of_dags(VERSION, PROFILE, dags=number)
    names = sum(len(heads) for heads in traffic.heads.values())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yml"
        path.write_text(
            mapping.render(Options(version=VERSION, profile=PROFILE, cardinality=preset)), encoding="utf-8"
        )
        with running(path, Path(folder)) as exporter:
            exporter.send_tcp(traffic.first())
            exporter.settle()
            begin = time.monotonic()
            with urllib.request.urlopen(f"http://{HOST}:{exporter.web}/metrics", timeout=120) as answer:
                text = answer.read()
            took = time.monotonic() - begin
            ours = sum(
                1
                for row in text.splitlines()
                if row and not row.startswith((b"#", b"statsd_exporter_", b"go_", b"process_", b"promhttp_"))
            )
            return (
                f"| {number:,} | {preset.value} | {names:,} | {ours:,} | {exporter.resident():.0f} "
                f"| {len(text) / 1e6:.1f} | {took:.1f} |"
            )


if __name__ == "__main__":
    main()
