"""The whole loop on real Airflow 2.11 and 3.3 at the same time: what happens to Airflow, and who hears of it.

One file, so that workers of pytest-xdist never start the loops twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.e2e import causes, quick, reconcile, scenarios, views
from tests.e2e.loop import Loop, together

pytestmark = pytest.mark.real_time


def test_a_missed_sla_is_one_page_to_its_team_whatever_its_cause_becomes(loops: Sequence[Loop]) -> None:
    together(loops, scenarios.missed_sla)


def test_a_dead_scheduler_is_one_page_to_the_platform_and_none_to_the_teams(loops: Sequence[Loop]) -> None:
    together(loops, scenarios.dead_scheduler)


def test_a_lost_database_is_one_page_and_leaves_the_open_sla_page_open(loops: Sequence[Loop]) -> None:
    together(loops, scenarios.lost_database)


def test_quick_drills_are_one_page_each_to_the_right_team(loops: Sequence[Loop]) -> None:
    together(loops, quick.drills)


def test_an_unknown_statsd_line_raises_its_alert_and_airflow_sends_none(loops: Sequence[Loop]) -> None:
    together(loops, views.unknown_line)


def test_every_statsd_family_is_in_the_catalogue_and_no_id_is_in_its_name(loops: Sequence[Loop]) -> None:
    together(loops, views.statsd_families)


def test_figures_are_those_of_the_database(loops: Sequence[Loop]) -> None:
    together(loops, views.figures)


def test_both_pages_of_metrics_pass_promtool(loops: Sequence[Loop]) -> None:
    together(loops, views.promtool)


def test_db_check_is_content_with_the_databases(loops: Sequence[Loop]) -> None:
    together(loops, views.db_check)


def test_the_figures_are_those_of_airflows_own_api(loops: Sequence[Loop]) -> None:
    # After the scenarios with pages: it pauses the DAGs that have an SLA.
    together(loops, reconcile.reconcile)


def test_every_dashboard_query_has_data_of_this_run(loops: Sequence[Loop]) -> None:
    # After the reconciliation: some panels show what only that makes, such as runs that are queued.
    together(loops, views.dashboards)


def test_each_cause_of_a_missed_sla_is_found_and_explained(loops: Sequence[Loop]) -> None:
    together(loops, causes.causes)
