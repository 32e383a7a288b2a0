"""What must be true of DAGs with odd ids in a trial."""

from __future__ import annotations

import re

from tests.support.trial import LONG, UMLAUTS, Trial
from windsock.catalog.statsd import dagruns, tasks
from windsock.wire import Profile

MARK = "~[0-9a-f]{16}"
LABELS = {UMLAUTS: f"umsatze_taglich{MARK}", LONG: f"x{{183}}{MARK}"}


def every_odd_id_succeeds_and_arrives(airflow: Trial, profile: Profile) -> None:
    """Both DAGs run to success, the scheduler lives, and their metrics have labels that a person can read."""
    with airflow.run(profile, name=profile.value) as run:
        run.until("successful", lambda: all("success" in run.states(dag_id) for dag_id in LABELS))
        for dag_id, label in LABELS.items():
            for name in (f"{dagruns.DAGRUN_DURATION}_count", str(tasks.TI_FINISH)):

                def arrived(name: str = name, label: str = label) -> bool:
                    found = run.exporter.page().series(name)
                    return any(re.fullmatch(label, series.get("dag_id", "")) for series in found)

                run.until(f"{name} of {dag_id[:20]} arrived", arrived, patience=15)
        named = {series["task_id"] for series in run.exporter.page().series(str(tasks.TI_FINISH))}
        assert any(re.fullmatch(f"prufen{MARK}", task_id) for task_id in named)
        assert "Invalid stat name" not in run.log()
        if profile is Profile.TAGS:
            # The printed settings keep at home what the mapping would drop.
            events = "statsd_exporter_events_actions_total"
            page = run.exporter.page()
            assert page.value(events, action="drop") <= 0.02 * page.value(events, action="map"), page.text
