"""How many series there are: presets, DAGs that are wanted, caps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.cardinality import Cardinality, Preset, stay
from windsock.figures import Figures, FiguresError
from windsock.metric import Database, Kind, Metric, MetricError, Process, Unit


def _metric(name: str, *labels: str, source: Database | Process, kind: Kind = Kind.GAUGE) -> Metric:
    return Metric(
        name=name, kind=kind, unit=Unit.COUNT, labels=labels, help="Things.", subject="s", source=source
    )


_DAGS = _metric("airflow_things", "dag_id", source=Database(tables=("dag",)))
_TASKS = _metric("airflow_tasks", "state", source=Database(tables=("dag",), full=("executor",)))
_SPARSE = _metric("airflow_sparse", "dag_id", source=Database(tables=("dag",), sparse=True))
_RICH = _metric("airflow_rich", "dag_id", source=Database(tables=("dag",), least=Preset.FULL))
_SLA = _metric("airflow_sla_things", "dag_id", source=Process(origin="slas.yaml"))
_WAITS = Metric(
    name="airflow_wait_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    help="Waits.",
    subject="s",
    source=Database(tables=("dag",), buckets=(1,), full=("dag_id",)),
)
ids = st.lists(st.text(max_size=4), unique=True, max_size=60)


def test_a_preset_that_leaves_out_a_label_adds_up() -> None:
    for preset, expected in (
        (Preset.DEFAULT, {("queued",): 7}),
        (Preset.FULL, {("queued", "a"): 3, ("queued", "b"): 4}),
    ):
        figures = Figures(Cardinality(preset=preset))
        figures.add(_TASKS, 3, state="queued", executor="a")
        figures.add(_TASKS, 4, state="queued", executor="b")
        assert figures.family(_TASKS) == expected


def test_a_histogram_without_a_label_adds_up_too() -> None:
    figures = Figures()
    figures.add_histogram(_WAITS, (1, 0), 0.5, dag_id="a")
    figures.add_histogram(_WAITS, (1, 2), 9.5, dag_id="b")
    assert figures.histogram(_WAITS) == {(): ((2, 4), 10)}


@pytest.mark.parametrize(
    ("preset", "sparse", "rich"),
    [(Preset.MINIMAL, {}, {}), (Preset.DEFAULT, {}, {}), (Preset.FULL, {("a",): 0}, {("a",): 1})],
)
def test_zeros_and_details_are_for_full(
    preset: Preset, sparse: dict[tuple[str, ...], float], rich: dict[tuple[str, ...], float]
) -> None:
    figures = Figures(Cardinality(preset=preset))
    figures.add(_SPARSE, 0, dag_id="a")
    figures.add(_RICH, 1, dag_id="a")
    assert (figures.family(_SPARSE), figures.family(_RICH)) == (sparse, rich)


@pytest.mark.parametrize(
    ("dags", "without", "shown"),
    [
        pytest.param((), (), {"etl_a", "etl_b", "test_a"}, id="all"),
        pytest.param(("etl_*",), (), {"etl_a", "etl_b"}, id="allowed"),
        pytest.param((), ("test_*",), {"etl_a", "etl_b"}, id="denied"),
        pytest.param(("*_a",), ("test_*",), {"etl_a"}, id="both"),
        pytest.param(("etl_[ab]",), (), {"etl_a", "etl_b"}, id="a set of characters"),
    ],
)
def test_only_wanted_dags_are_shown_and_the_others_counted(
    dags: tuple[str, ...], without: tuple[str, ...], shown: set[str]
) -> None:
    figures = Figures(Cardinality(dags=dags, without=without))
    for dag_id in ("etl_a", "etl_b", "test_a"):
        figures.add(_DAGS, 1, dag_id=dag_id)
        figures.add(_SLA, 1, dag_id=dag_id)
    assert {key[0] for key in figures.family(_DAGS)} == shown
    assert figures.limit().get(("airflow_things", "dags"), 0) == 3 - len(shown)
    assert len(figures.family(_SLA)) == 3  # an SLA was asked for


def test_what_is_above_the_cap_is_counted_and_slas_have_none() -> None:
    figures = Figures(Cardinality(cap=10))
    for number in range(25):
        figures.add(_DAGS, 1, dag_id=f"d{number}")
        figures.add(_SLA, 1, dag_id=f"d{number}")
    assert figures.limit() == {("airflow_things", "cap"): 15}
    assert (len(figures.family(_DAGS)), len(figures.family(_SLA))) == (10, 25)


@given(ids, st.integers(1, 30))
def test_the_same_dags_stay_in_every_family(dag_ids: list[str], cap: int) -> None:
    plain = stay([(dag_id,) for dag_id in dag_ids], 0, cap)
    other = stay([("x", dag_id) for dag_id in reversed(dag_ids)], 1, cap)
    assert {key[0] for key in plain} == {key[1] for key in other}


@given(ids, st.text(max_size=4), st.integers(1, 30))
def test_a_new_dag_displaces_at_most_one(dag_ids: list[str], new: str, cap: int) -> None:
    before = stay([(dag_id,) for dag_id in dag_ids], 0, cap)
    after = stay([(dag_id,) for dag_id in {*dag_ids, new}], 0, cap)
    assert len(before - after) <= 1


def test_a_label_of_full_must_be_given_in_every_preset() -> None:
    with pytest.raises(FiguresError, match=r"got labels \['state'\], needs \['executor', 'state'\]"):
        Figures().add(_TASKS, 1, state="queued")


def test_what_cannot_be_added_up_cannot_lose_a_label() -> None:
    with pytest.raises(MetricError, match="added up"):
        Metric(
            name="airflow_x_timestamp_seconds",
            kind=Kind.GAUGE,
            unit=Unit.TIMESTAMP,
            help="When.",
            subject="s",
            source=Database(tables=("dag",), full=("dag_id",)),
        )
