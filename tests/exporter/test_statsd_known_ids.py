"""Names with dots in their ids, split by the ids that are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.statsd import ROOT, Page
from windsock.errors import BadInput
from windsock.statsd.engine.rules import load
from windsock.statsd.listener.known_ids import KnownIds, read
from windsock.statsd.listener.live import Live
from windsock.statsd.mapping import path
from windsock.wire import Profile

_IDS = KnownIds(
    {
        "etl": {"load", "grp.load", "grp.load.all"},
        "team.sales": {"load", "grp.load"},
        "team": {"start"},
        "a": {"b.c"},
        "a.b": {"c"},
        "lonely.dag": set(),
    }
)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("ti.start.etl.load", ["etl", "load"]),
        ("ti.start.etl.grp.load", ["etl", "grp.load"]),
        ("ti.start.etl.grp.load.all", ["etl", "grp.load.all"]),
        ("ti.start.team.sales.grp.load", ["team.sales", "grp.load"]),
        ("ti.start.team.sales.new_task", ["team.sales", "new_task"]),
        ("ti.start.team.start", ["team", "start"]),
        ("ti.start.lonely.dag.x", ["lonely.dag", "x"]),
        # Two ways as long: nothing is done.
        ("ti.start.a.b.c", ["a", "b", "c"]),
        ("ti.start.unknown.dag.task", ["unknown", "dag", "task"]),
    ],
)
def test_a_name_is_split_where_known_ids_end(name: str, ids: list[str]) -> None:
    parts = _IDS.joined(name).split(".")
    assert [part.replace("\ue000", ".") for part in parts] == ["ti", "start", *ids]


@given(st.lists(st.sampled_from(["a", "b", "c", "etl", "team", "sales", "grp", "load", ""]), max_size=9))
def test_nothing_is_lost_of_any_name(parts: list[str]) -> None:
    name = ".".join(parts)
    assert _IDS.joined(name).replace("\ue000", ".") == name


_DOT = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3).map(".".join)


@given(_DOT, _DOT)
def test_ids_that_are_known_alone_are_found_whole(dag: str, task: str) -> None:
    joined = KnownIds({f"dag_{dag}": {f"task_{task}"}}).joined(f"airflow.ti.start.dag_{dag}.task_{task}")
    assert joined.split(".")[3:] == [
        f"dag_{dag}".replace(".", "\ue000"),
        f"task_{task}".replace(".", "\ue000"),
    ]


@pytest.mark.parametrize("cache_size", [0, 100])
def test_the_committed_mapping_without_tags_shows_whole_ids(cache_size: int) -> None:
    rules = load((ROOT / path("2.11", Profile.PLAIN)).read_text(encoding="utf-8"))
    live = Live(rules, ids=_IDS, cache_size=cache_size)
    lines = [
        b"airflow.ti.start.team.sales.grp.load:1|c",
        b"airflow.dagrun.duration.success.team.sales:1000|ms",
    ]
    live.take_all(lines * 2)
    page = Page.parse(live.page().text)
    assert page.value("airflow_ti_start_total", dag_id="team.sales", task_id="grp.load") == 2
    assert page.value("airflow_dagrun_duration_seconds_count", dag_id="team.sales") == 2
    assert "\ue000" not in page.text

    live.know(KnownIds({"team": {"sales.grp.load"}}))
    live.take_all(lines[:1])
    page = Page.parse(live.page().text)
    assert page.value("airflow_ti_start_total", dag_id="team", task_id="sales.grp.load") == 1


def test_a_file_of_ids_has_one_or_two_words_a_line(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("# ours\nteam.sales\n\nteam.sales grp.load\nteam.sales\tother\n", encoding="utf-8")
    assert read(file).joined("x.team.sales.grp.load") == "x.team\ue000sales.grp\ue000load"
    file.write_text("a b\na b c\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"ids\.txt:2: expected `dag_id` or `dag_id task_id`, found 3 words"):
        read(file)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read(tmp_path / "none")
