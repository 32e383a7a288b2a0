"""How statsd_exporter is started: one place for compose, demo and tests."""

from __future__ import annotations

# The release the mappings are written for and tested with.
VERSION = "0.31.0"
# At least the number of names that arrive: any other is looked for among the rules with each line.
# With legacy names a task has twenty on 2.x, four to seven on 3.x: enough for 2,400 and for 7,000 tasks.
CACHE_SIZE = 50_000
# 4 MiB. The kernel caps it silently at net.core.rmem_max, which is 208 KiB by default.
READ_BUFFER = 4 * 1024 * 1024


def arguments(*, mapping: str, web: str, udp: str, tcp: str = "") -> list[str]:
    """Arguments of statsd_exporter, without the program itself.

    Args:
        mapping: path of the mapping file, as the process sees it.
        web: `host:port` of /metrics.
        udp: `host:port` where Airflow sends to.
        tcp: `host:port` for StatsD over TCP, closed unless given; Airflow has no use for it.
    """
    return [
        f"--statsd.mapping-config={mapping}",
        f"--web.listen-address={web}",
        f"--statsd.listen-udp={udp}",
        f"--statsd.listen-tcp={tcp}",
        *tuning(),
    ]


def tuning() -> list[str]:
    """The arguments that are the same wherever it runs."""
    return [
        f"--statsd.cache-size={CACHE_SIZE}",
        f"--statsd.read-buffer={READ_BUFFER}",
        # One datagram with `]` before `[` in a name ends the process while these tags are parsed.
        "--no-statsd.parse-signalfx-tags",
        "--no-statsd.parse-librato-tags",
    ]
