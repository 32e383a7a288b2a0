"""For each threshold and alert the first entry counts that matches the DAG and speaks of it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.own_rules import settings
from windsock_alerts.by_dag import Looks, Own, own
from windsock_alerts.settings import Settings

_GLOBS = st.sampled_from(["a", "b", "*", "a*", "[ab]", "?", "A"])
_NAMES = st.sampled_from(["a", "b", "ab", "A", "", "ü,\"'"])
_ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"dag": _GLOBS},
        optional={
            "tag": _GLOBS,
            "team": st.sampled_from(["a", "b"]),
            "tier": st.sampled_from(["1", "2"]),
            "thresholds": st.fixed_dictionaries(
                {},
                optional={
                    "dag_overdue": st.sampled_from(["5m", "15m", "2h"]),
                    "failures_in_a_row": st.integers(1, 3),
                },
            ),
            "alerts": st.fixed_dictionaries(
                {},
                optional={"AirflowDagOverdue": st.sampled_from([{"severity": "page"}, {"enabled": False}])},
            ),
        },
    ).filter(lambda entry: entry.get("thresholds") or entry.get("alerts")),
    max_size=5,
)
_LOOKS = st.builds(
    Looks,
    _NAMES,
    st.lists(_NAMES, max_size=2).map(tuple),
    st.sampled_from(["a", "b", "default"]),
    st.frozensets(st.sampled_from(["1", "2", "3"])),
)


def speaks_of(entry: dict[str, Any], looks: Looks) -> bool:
    return (
        fnmatchcase(looks.dag_id, entry["dag"])
        and ("tag" not in entry or any(fnmatchcase(tag, entry["tag"]) for tag in looks.tags))
        and entry.get("team", looks.team) == looks.team
        and ("tier" not in entry or entry["tier"] in looks.tiers)
    )


def said(entries: list[dict[str, Any]], looks: Looks, part: str, name: str) -> Any:
    return next(
        (entry[part][name] for entry in entries if speaks_of(entry, looks) and name in entry.get(part, {})),
        None,
    )


@given(_ENTRIES, _LOOKS)
def test_the_first_entry_that_matches_and_speaks_of_it_counts(
    entries: list[dict[str, Any]], looks: Looks
) -> None:
    found = own(Settings.model_validate({"dags": entries}), looks)
    limits, severities = dict(found.limits), dict(found.severities)
    overdue = {"5m": 300.0, "15m": None, "2h": 7200.0, None: None}
    assert limits.get("dag_overdue") == overdue[said(entries, looks, "thresholds", "dag_overdue")]
    failures = said(entries, looks, "thresholds", "failures_in_a_row")
    assert limits.get("failures_in_a_row") == (None if failures == 2 else failures)
    choice = said(entries, looks, "alerts", "AirflowDagOverdue")
    assert severities.get("AirflowDagOverdue") == (choice and choice.get("severity", "off"))


def test_a_limit_that_is_the_general_one_is_said_only_where_an_airflow_differs() -> None:
    text = "dags: [{dag: x, thresholds: {dag_overdue: 15m}}]"
    assert own(settings(text), Looks("x")) == Own()
    other = f"{{airflows: {{dev: {{thresholds: {{dag_overdue: 1h}}}}}}, {text}}}"
    assert own(settings(other), Looks("x")).limits == (("dag_overdue", 900.0),)
