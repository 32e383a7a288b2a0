"""In which unit each client of Airflow sends a time, and what makes seconds of it.

StatsD has milliseconds only (`|ms`), and statsd_exporter divides by 1000. From the sources of all versions:

- the StatsD client (plain and InfluxDB tags) turns `Stats.timer()` and timedeltas into milliseconds;
- the DogStatsD client sends seconds for `Stats.timer()` in every version, and for timedeltas up to 2.11,
  there only while `timer_unit_consistency` is off;
- a plain number goes out as it is in both, whatever its unit; where 2.11 has one in seconds, it becomes a
  timedelta with `timer_unit_consistency`.
"""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, is_before
from windsock.statsd.options import Options
from windsock.wire import Line, Profile, Timing

_SECONDS_AS_MILLISECONDS = 1000


def scale(line: Line, options: Options) -> float:
    """Factor on a time after statsd_exporter has divided it by 1000."""
    early = bool(line.seconds_before and options.release) and is_before(options.release, line.seconds_before)
    timing = Timing.SECONDS if early else line.timing
    return _SECONDS_AS_MILLISECONDS if _in_seconds(timing, options) else 1


def _in_seconds(timing: Timing, options: Options) -> bool:
    dogstatsd = options.profile is Profile.DOGSTATSD
    if timing is Timing.TIMER:
        return dogstatsd
    if timing is Timing.TIMEDELTA:
        return dogstatsd and options.version in AIRFLOW_2 and not options.timer_unit_consistency
    return timing is Timing.SECONDS and not options.timer_unit_consistency
