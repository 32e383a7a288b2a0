"""`windsock_statsd_names.clean`: what Airflow may hand it, and what must come back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import windsock_statsd_names
from windsock_statsd_names import clean

MARK = r"~[0-9a-f]{16}"
# A datagram of 1,280 bytes, less IPv6 and UDP headers, a prefix of 60 and the longest value.
LONGEST = 1280 - 48 - 61 - len(":-91266905702.000000|ms|@0.1")

text = st.text(max_size=300)
# Ids as Airflow allows them: word characters of any alphabet, dots, dashes, up to 250.
ids = st.from_regex(re.compile(r"[\w.-]{1,250}"), fullmatch=True)
plain_ids = st.from_regex(re.compile(r"[A-Za-z0-9_./-]{1,60}"), fullmatch=True)


def of_tags(*values: str) -> str:
    return ",".join(["ti.finish", *(f"tag_{index}={value}" for index, value in enumerate(values))])


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        pytest.param("ti.start.etl.load.copy", "ti.start.etl.load.copy", id="plain"),
        pytest.param("ti.start,dag_id=a.b,task_id=c-d", "ti.start,dag_id=a.b,task_id=c-d", id="tags"),
        pytest.param(
            "dag_processing.processes,file_path=/dags/a.py,action=start",
            "dag_processing.processes,file_path=/dags/a.py,action=start",
            id="path",
        ),
        pytest.param(
            "ti.start.umsätze_täglich.load",
            "ti.start.umsatze_taglich~e225a30621f289d4.load",
            id="umlaut in a name",
        ),
        pytest.param(
            "ti.start,dag_id=umsätze_täglich,task_id=load",
            "ti.start,dag_id=umsatze_taglich~e225a30621f289d4,task_id=load",
            id="umlaut in a tag",
        ),
        pytest.param(
            "ti.start,dag_id=team.umsätze_täglich",
            "ti.start,dag_id=team.umsatze_taglich~e225a30621f289d4",
            id="between dots a tag is as a name",
        ),
        pytest.param("pool.open_slots.a,b", "pool.open_slots.a_b~1eb7c54d52831bbf", id="comma without a tag"),
        pytest.param("x.日本 語.y", "x._~0aaeb80e62081b7b.y", id="no letter of ours"),
        pytest.param("", "", id="empty"),
    ],
)
def test_names(name: str, cleaned: str) -> None:
    assert clean(name) == cleaned


@pytest.mark.parametrize("length", [200, 201, 250])
def test_an_id_of_more_than_200_characters_ends_in_a_mark(length: int) -> None:
    cleaned = clean(f"dagrun.dependency-check,dag_id={'x' * length},run_type=manual")
    kept = "x" * 200 if length == 200 else "x" * 183 + MARK
    assert re.fullmatch(f"dagrun[.]dependency-check,dag_id={kept},run_type=manual", cleaned)


def test_the_longest_ids_that_airflow_allows_keep_their_name_and_tags() -> None:
    ids_ = {key: f"{key}_".ljust(250, "x") for key in ("queue", "dag_id", "task_id")}
    legacy = "edge_worker.ti.finish.{queue}.up_for_reschedule.{dag_id}.{task_id}".format(**ids_)
    cleaned = clean(",".join([legacy, *(f"{key}={value}" for key, value in ids_.items())]))
    part = r"[a-z_]+x{10,}" + MARK
    names = rf"edge_worker[.]ti[.]finish[.]{part}[.]up_for_reschedule[.]{part}[.]{part}"
    assert re.fullmatch(rf"{names},queue={part},dag_id={part},task_id={part}", cleaned)
    assert len(cleaned) <= LONGEST


@given(st.one_of(text, ids, st.builds(of_tags, text, ids, text)))
@example("\ud800")
@example(",".join(f"k{n}=ü" for n in range(1000)))
@example("." * 5000)
@example("ﷺ" * 190)
@example("ti.start,dag_id=x\n")
def test_whatever_comes_in_what_goes_out_is_one_short_ascii_word(name: str) -> None:
    cleaned = clean(name)
    assert re.fullmatch(r"[A-Za-z0-9_./~,=-]*", cleaned)
    assert len(cleaned) <= LONGEST
    assert clean(cleaned) == cleaned


@given(st.one_of(st.none(), st.integers(), st.binary()))
def test_what_is_no_text_does_not_raise(name: object) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_./~,=-]*", clean(name))  # type: ignore[arg-type]


@given(st.lists(plain_ids, min_size=1, max_size=3))
def test_good_ids_are_not_touched(values: list[str]) -> None:
    for name in (".".join(["ti.start", *values]), of_tags(*values)):
        assert clean(name) == name


@given(st.lists(ids, min_size=1, max_size=2))
def test_tags_and_dots_stay_where_they_are(values: list[str]) -> None:
    tagged = clean(of_tags(*values))
    assert [tag.partition("=")[0] for tag in tagged.split(",")] == ["ti.finish", "tag_0", "tag_1"][
        : len(values) + 1
    ]
    legacy = ".".join(["ti.finish", *values])
    assert clean(legacy).count(".") == legacy.count(".")


@given(st.lists(st.one_of(ids, text), unique=True, min_size=2, max_size=20))
def test_no_two_names_become_one(names: list[str]) -> None:
    assert len({clean(name) for name in names}) == len(names)
    tagged = {of_tags(name.replace(",", "").replace("=", "")) for name in names}
    assert len({clean(name) for name in tagged}) == len(tagged)


@pytest.mark.parametrize(
    "ids_",
    [
        pytest.param(["umsätze", "umsatze", "umsa\u0308tze", "umsa_tze"], id="accents"),
        pytest.param(["a b", "a:b", "a|b", "a\nb", "a_b"], id="separators"),
        pytest.param(["x" * 250, "x" * 249, "x" * 201, "x" * 200], id="lengths"),
        pytest.param(["x" * 250 + ".y", "x" * 250 + ".z", "y." + "x" * 250], id="long with dots"),
        pytest.param(["日本", "中国", "_"], id="no letter of ours"),
    ],
)
@pytest.mark.parametrize("form", ["dagrun.duration.success.{}", "dagrun.duration.success,dag_id={}"])
def test_alike_ids_stay_apart(ids_: list[str], form: str) -> None:
    assert len({clean(form.format(id_)) for id_ in ids_}) == len(ids_)


@given(ids)
def test_no_dag_id_that_airflow_allows_looks_changed_by_itself(dag_id: str) -> None:
    cleaned = clean(f"dagrun.schedule_delay,dag_id={dag_id}").partition("dag_id=")[2]
    assert ("~" in cleaned) == (cleaned != dag_id)


def test_it_is_written_for_python_3_8_and_needs_nothing_else() -> None:
    source = Path(windsock_statsd_names.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert imported <= {"__future__", "hashlib", "re", "typing", "unicodedata"}
