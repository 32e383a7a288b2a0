"""Whoever upgrades reads in the changelog which metrics have changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock import families
from windsock.airflow_versions import VERSIONS, spanned, spans

ROOT = Path(__file__).parents[2]
SECONDS = families.Family(type="gauge", unit="seconds", labels=("dag_id",))


def told(before: dict[str, families.Family], after: dict[str, families.Family]) -> dict[str, str]:
    """Stable metrics that are not as they were, with what changed."""
    found = {}
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if not any(family and family.stable for family in (was, now)):
            continue
        if was is None or now is None:
            found[name] = "new" if was is None else "gone"
        elif said := families.differences(was, now):
            found[name] = "; ".join(said)
    return found


def test_the_changelog_names_every_stable_metric_that_differs_from_the_last_release() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (unreleased,) = re.findall(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    before = families.read((ROOT / "exporter" / "released" / "metrics.json").read_text(encoding="utf-8"))
    changed = told(before, families.families())
    forgotten = {name: said for name, said in changed.items() if f"`{name}`" not in unreleased}
    assert not forgotten, (
        f"CHANGELOG.md, Unreleased, does not name: {forgotten}. Say there what its readers must change."
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (SECONDS, None),
        (SECONDS.model_copy(update={"event": True}), None),
        (SECONDS.model_copy(update={"unit": "bytes"}), "unit seconds → bytes"),
        (SECONDS.model_copy(update={"type": "counter"}), "type gauge → counter"),
        (SECONDS.model_copy(update={"labels": ("dag_id", "pool")}), "got the label pool"),
        (
            SECONDS.model_copy(update={"labels": ("pool", "state")}),
            "lost the label dag_id; got the labels pool, state",
        ),
        (None, "gone"),
    ],
)
def test_each_kind_of_change_must_be_told(after: families.Family | None, said: str | None) -> None:
    now = {} if after is None else {"airflow_x_seconds": after}
    assert told({"airflow_x_seconds": SECONDS}, now).get("airflow_x_seconds") == said


def test_a_new_metric_must_be_told_and_an_experimental_one_need_not() -> None:
    shaky = SECONDS.model_copy(update={"stable": False})
    assert told({}, {"airflow_x_seconds": SECONDS}) == {"airflow_x_seconds": "new"}
    assert told({}, {"airflow_x_seconds": shaky}) == {}
    assert told({"airflow_x_seconds": shaky}, {"airflow_x_seconds": SECONDS}) == {}
    assert told({"airflow_x_seconds": SECONDS}, {"airflow_x_seconds": shaky}) == {
        "airflow_x_seconds": "its name is no longer promised to stay"
    }


def test_what_is_written_is_read_again() -> None:
    assert families.read(families.render()) == families.families()


def test_an_airflow_has_only_what_it_feeds() -> None:
    old, new = families.families("2.7"), families.families("3.3")
    assert "airflow_deadlines_missed_total" in families.families()
    assert old.keys() - new.keys()
    assert new.keys() - old.keys()
    assert families.families().keys() == {name for version in VERSIONS for name in families.families(version)}


@given(st.sets(st.sampled_from(VERSIONS), min_size=1))
def test_versions_in_words_are_read_again(chosen: set[str]) -> None:
    versions = tuple(version for version in VERSIONS if version in chosen)
    assert spanned(spans(versions) + " with edge3") == versions
