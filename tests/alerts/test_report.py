"""Firings put together from samples, counted as people hear them."""

from __future__ import annotations

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from windsock_alerts.live.episodes import GAP, Collected, Firing, incidents
from windsock_alerts.live.report import Night, rows, table

DAY = datetime(2026, 3, 2, tzinfo=timezone.utc).timestamp()
NIGHT = Night(time(22), time(7), ZoneInfo("UTC"))


def firing(begin: float, length: float = 600.0, *, whole: bool = True, **labels: str) -> Firing:
    usual = {"alertname": "AirflowQueueStuck", "severity": "page", "team": "platform", "airflow": "prod"}
    return Firing({**usual, **labels}, DAY + begin, DAY + begin + length, whole=whole, began=whole)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(9, 60)), min_size=1, max_size=6),
    st.integers(1, 50),
)
def test_firings_are_found_however_the_samples_are_cut(spans: list[tuple[int, int]], cut: int) -> None:
    times: list[float] = []
    expected = []
    at = 1000.0
    for samples, pause in spans:
        expected.append((at, at + (samples - 1) * 15))
        times += [at + each * 15 for each in range(samples)]
        at = times[-1] + pause * 15
    found = Collected()
    for begin in range(0, len(times), cut):
        found.add(
            [({"alertname": "X", "alertstate": "firing", "__name__": "ALERTS"}, times[begin : begin + cut])]
        )
    assert [(each.begin, each.end) for each in found.firings(0, at + 1000)] == expected


def test_a_pause_as_at_a_restart_of_prometheus_ends_nothing() -> None:
    found = Collected()
    found.add([({"alertname": "X"}, [0.0, 15.0, 15.0 + GAP, 150.0])])
    assert len(found.firings(-1000, 1000)) == 1


def test_what_fires_at_an_edge_of_the_time_is_not_whole() -> None:
    found = Collected()
    found.add([({"alertname": "X"}, [10.0]), ({"alertname": "Y"}, [500.0]), ({"alertname": "Z"}, [990.0])])
    whole = {each.labels["alertname"]: (each.whole, each.began) for each in found.firings(0, 1000)}
    assert whole == {"X": (False, False), "Y": (True, True), "Z": (False, True)}


def test_what_fires_together_for_one_team_is_one_incident() -> None:
    name = "AirflowDagOverdue"
    dags = [firing(each, alertname=name, team="finance", dag_id=f"dag_{each}") for each in range(5)]
    assert len(incidents([*dags, firing(0, alertname=name, team="commerce", dag_id="x")])) == 2
    assert len(incidents([firing(0), firing(600 + GAP), firing(1200 + 3 * GAP + 1)])) == 2


def test_slas_of_one_name_are_one_incident() -> None:
    slas = [firing(0, alertname="AirflowSlaBreached", sla=name, dag_id=name) for name in ("a", "a", "b")]
    assert len(incidents(slas)) == 2


def test_nights_and_flaps_are_counted_where_they_begin() -> None:
    hour = 3600.0
    found = [firing(3 * hour), firing(12 * hour, 200), firing(23 * hour), firing(-hour, whole=False)]
    (row,) = rows(found, NIGHT)
    assert (row.alerts, row.incidents, row.night, row.flaps, row.seconds) == (4, 4, 2, 1, 2000)
    (ticket,) = rows([firing(3 * hour, severity="ticket")], NIGHT)
    assert ticket.night == 0


def test_night_is_that_of_the_place() -> None:
    tokyo = Night(time(22), time(7), ZoneInfo("Asia/Tokyo"))
    assert [tokyo.has(DAY + hour * 3600) for hour in (12, 13, 21, 22)] == [False, True, True, False]
    assert Night(time(1), time(5), ZoneInfo("UTC")).has(DAY + 3 * 3600)


def test_the_table_has_pages_first_and_sums() -> None:
    found = rows([firing(0), firing(9000, 30), firing(0, severity="info", alertname="StatsdSilent")], NIGHT)
    assert list(table(found)) == [
        "team      alert              severity  alerts  incidents  at night  flaps  hours",
        "platform  AirflowQueueStuck  page           2          2         2      1    0.2",
        "platform  StatsdSilent       info           1          1         0      0    0.2",
        "all       pages                             2          2         2      1    0.2",
        "all                                         3          3         2      1    0.3",
    ]
