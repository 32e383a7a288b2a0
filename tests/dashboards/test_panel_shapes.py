"""What nobody should read cannot be written: each mistake is an error that says what would be right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from windsock.catalog import dags, outcomes, tasks
from windsock.catalog.statsd import scheduler
from windsock.errors import BadInput
from windsock_alerts import build as rules
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings as Alerting
from windsock_alerts.thresholds import Thresholds
from windsock_dashboards import build
from windsock_dashboards.queries import panels
from windsock_dashboards.shapes import links, words
from windsock_dashboards.shapes.about import About, why_empty
from windsock_dashboards.shapes.expr import Expr
from windsock_dashboards.shapes.layout import text
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown, grafana_unit
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table

SCOPE = Scope()
ALERTS = rules.alerts(Alerting(), "default", every=True)
ABOUT = About("Why.", normal="This.", bad="That.", then="There.")
ERRORS = Query(SCOPE.max(dags.IMPORT_ERRORS), SCOPE.legend)


def series(*queries: Query, unit: Shown | None = None) -> Series:
    return Series(key="a", title="Which?", about=ABOUT, queries=queries, unit=unit)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda: SCOPE.max("airflow_dag_inf"), "'airflow_dag_inf' is no metric; choose from", id="metric"
        ),
        pytest.param(
            lambda: SCOPE.max(dags.DAG_PAUSED, "dag"),
            "no label of airflow_dag_paused; choose from dag_id",
            id="label",
        ),
        pytest.param(lambda: SCOPE.max(outcomes.RETRIES), "is a counter: show its rate", id="raw counter"),
        pytest.param(
            lambda: SCOPE.rate(dags.IMPORT_ERRORS), "is a gauge: only counters grow", id="rate of a level"
        ),
        pytest.param(
            lambda: SCOPE.quantile(0.5, dags.IMPORT_ERRORS), "quantiles come from histograms", id="quantile"
        ),
        pytest.param(lambda: SCOPE.age(dags.IMPORT_ERRORS), "no timestamp but count", id="age"),
        pytest.param(lambda: Query("1 + 1"), "asks for no metric", id="no metric"),
        pytest.param(
            lambda: Query('avg by (airflow) (airflow_dags{airflow=~"$airflow"})'), "means already", id="mean"
        ),
        pytest.param(
            lambda: Query('sum(airflow_dags{airflow=~"$airflow"})'), "must keep airflow", id="all Airflows"
        ),
        pytest.param(lambda: Query('airflow_dags{state="active"}'), "asked of every Airflow", id="unscoped"),
        pytest.param(
            lambda: Query('airflow_dags{airflow=~"$airflow", stat="a"}'), "'stat' is no label", id="matcher"
        ),
        pytest.param(
            lambda: Query(f'{outcomes.RETRIES}{{airflow=~"$airflow"}}'), "only grows", id="raw text"
        ),
        pytest.param(
            lambda: Query('rate(airflow_dags{airflow=~"$airflow"}[5m])'), "is a level", id="rate in text"
        ),
        pytest.param(
            lambda: grafana_unit(dags.LAST_SUCCESS), "show it as an age, or as a moment", id="timestamp"
        ),
        pytest.param(lambda: grafana_unit("parsecs"), "'parsecs' is no unit", id="unit"),  # type: ignore[arg-type]
        pytest.param(
            lambda: links.board("windsock-latte"), "'windsock-latte' is no dashboard; choose", id="board"
        ),
        pytest.param(lambda: About("No end"), "must be one or more sentences", id="sentence"),
        pytest.param(series, "asks nothing", id="no query"),
        pytest.param(lambda: series(ERRORS, unit=Shown.AGE), "mixes units: s, short", id="unit of the panel"),
        pytest.param(
            lambda: series(ERRORS, Query(SCOPE.age(dags.LAST_PARSE))), "mixes units", id="mixed units"
        ),
        pytest.param(lambda: series(Query(str(ERRORS.expr))), "has no unit", id="no unit"),
        pytest.param(
            lambda: series(Query(SCOPE.max(dags.OVERDUE, "dag_id"), "{{dag_id}}")),
            "every dag_id",
            id="legend",
        ),
        pytest.param(
            lambda: Stat(key="a", title="?", about=ABOUT, queries=(ERRORS,)),
            "must say what good is",
            id="stat",
        ),
        pytest.param(
            lambda: Bars(key="a", title="?", about=ABOUT, queries=(ERRORS,), width=25),
            "25 columns wide",
            id="width",
        ),
        pytest.param(lambda: table(Query(SCOPE.max(dags.OVERDUE, "dag_id"))), "thousands of rows", id="rows"),
        pytest.param(
            lambda: table(*SCOPE.rows(("dag_id",), SCOPE.max(dags.OVERDUE, "dag_id")), by="B"),
            "sorted by 'B', which is no column",
            id="sorted by",
        ),
        pytest.param(
            lambda: table(*SCOPE.rows(("dag_id",), SCOPE.age(dags.LAST_SUCCESS, "dag_id")), unit=Shown.RATIO),
            "column 'A' of panel 't' is in percentunit, its query in s",
            id="unit of a column",
        ),
        pytest.param(lambda: board(series(ERRORS), series(ERRORS)), "two panels or rows called a", id="key"),
    ],
)
def test_a_mistake_says_what_would_be_right(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_while_a_dashboard_is_built_a_mistake_names_module_and_line() -> None:
    def own(scope: Scope) -> Board:
        return board(series(Query(scope.max(tasks.POOL_LIMIT, "queue"))))

    with pytest.raises(
        BadInput, match=r"test_panel_shapes, line \d+: 'queue' is no label of airflow_pool_slots_l"
    ):
        build.boards(build.Settings(), own=[own])


def test_an_alert_that_does_not_exist_is_refused() -> None:
    def own(_scope: Scope) -> Board:
        panel = Series(key="a", title="?", about=ABOUT, queries=(ERRORS,), alerts=("AirflowQueueStuk",))
        return board(panel)

    with pytest.raises(BadInput, match="'AirflowQueueStuk' is no alert; choose from AirflowQueueStuck"):
        build.boards(build.Settings(), own=[own])


def test_a_panel_says_what_it_needs_while_it_is_empty() -> None:
    assert why_empty([dags.IMPORT_ERRORS]) == "no data: needs windsock serve"
    assert why_empty([scheduler.EXECUTOR_HEARTBEAT]) == "no data: needs StatsD, Airflow 3.3"
    assert why_empty([dags.NEXT_RUN]) == "no data: needs windsock serve, not --cardinality minimal"
    assert why_empty([dags.IMPORT_ERRORS, dags.NEXT_RUN]) == "no data: needs windsock serve"
    assert why_empty([]) == ""


def test_no_data_is_never_green_and_never_passes_for_an_answer() -> None:
    (late,) = build.boards(build.Settings(), only=["late"])
    panels = {
        panel["title"]: panel["fieldConfig"]["defaults"] for panel in late["panels"] if "targets" in panel
    }
    (unknown,) = [each for each in panels["Breached SLAs?"]["mappings"] if each["type"] == "special"]
    assert unknown["options"]["match"] == "null+nan"
    assert unknown["options"]["result"]["text"] == "no SLA known"
    assert unknown["options"]["result"]["color"] == words.GREY
    empty = panels["Which SLAs are breached, whose are they, and why?"]["noValue"]
    assert empty == "no SLA is breached, or no data: needs an SLA in slas.yaml"


def test_the_unit_goes_along_with_the_query() -> None:
    limited = SCOPE.top(3, SCOPE.age(dags.LAST_SUCCESS, "dag_id"))
    assert isinstance(limited, Expr)
    assert limited.unit is Shown.AGE
    assert SCOPE.sum(SCOPE.max(dags.DAG_PAUSED, "dag_id")).unit is Shown.NUMBER  # type: ignore[attr-defined]


def test_the_exporters_replicas_count_once_and_statsd_exporters_add_up() -> None:
    of_database, of_statsd = SCOPE.rate(outcomes.RETRIES), SCOPE.rate(scheduler.JOBS_STARTED)
    assert "sum by (airflow) (max by (airflow, dag_id) (rate(" in of_database
    assert "sum by (airflow) (rate(" in of_statsd


def test_a_threshold_of_the_alerts_moves_the_line_on_the_dashboard() -> None:
    moved = Alerting(thresholds=Thresholds(queue_stuck="30m"))
    assert 1800 in steps(build.boards(build.Settings(alerts=moved), only=["queues"]))
    assert 1800 not in steps(build.boards(build.Settings(), only=["queues"]))


def test_every_threshold_is_one_of_the_alerts_or_says_that_there_is_something() -> None:
    known = {value for value in vars(Thresholds()).values() if isinstance(value, int | float)}
    known |= {Thresholds().database_gib * 2**30, 0, 1}
    assert steps(build.boards(build.Settings())) <= known


def test_no_dashboard_asks_more_than_forty_queries_at_first_or_is_larger_than_250_kb() -> None:
    for made in build.boards(build.Settings()):
        if made["uid"] != "windsock-everything":
            asked = sum(len(panel.get("targets", ())) for panel in made["panels"])
            assert asked + len(made["annotations"]["list"]) <= 40, made["uid"]
            assert len(text(made).encode()) < 250_000, made["uid"]


@pytest.mark.parametrize("alert", [alert for alert in ALERTS if alert.routed], ids=lambda alert: alert.name)
def test_the_dashboard_that_an_alert_leads_to_has_a_panel_about_it(alert: Alert) -> None:
    (made,) = build.boards(build.Settings(), only=[alert.dashboard])
    watched = {link["title"] for panel in panels(made) for link in panel.get("links", ())}
    assert f"Runbook of {alert.name}" in watched


def steps(dashboards: object) -> set[float]:
    """Values of all thresholds."""
    match dashboards:
        case {"color": _, "value": int() | float() as value}:
            return {value}
        case dict():
            return set().union(*map(steps, dashboards.values()))
        case list():
            return set().union(*map(steps, dashboards))
    return set()


def table(*queries: Query, by: str = "A", unit: Shown = Shown.AGE) -> Table:
    columns = (Column(name="A", field="A", unit=unit), Column(name="DAG", field="dag_id"))
    return Table(key="t", title="?", about=ABOUT, queries=queries, columns=columns, sort_by=by)


def board(*panels: Panel) -> Board:
    return Board(uid="own", title="Own", description="Own.", choices=(), rows=(Row("row", "Row", panels),))
