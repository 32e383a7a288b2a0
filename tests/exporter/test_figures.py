from __future__ import annotations

import gzip
import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from windsock.cardinality import Cardinality, Preset
from windsock.catalog import dags, tasks
from windsock.figures import Figures, FiguresError
from windsock.metric import Database, Kind, Metric, Unit
from windsock.snapshot import Snapshot
from windsock.web import Request

AWKWARD = [
    pytest.param("team.sales.report-v2", id="dots"),
    pytest.param("with space", id="space"),
    pytest.param('say "hi"', id="quotes"),
    pytest.param("two\nlines", id="newline"),
    pytest.param("back\\slash\\n", id="backslash"),
    pytest.param("売上_täglich", id="non-ascii"),
    pytest.param('a{b="c"} 1', id="looks like a sample"),
]


@pytest.mark.parametrize("dag_id", AWKWARD)
def test_any_dag_id_comes_back_as_it_was(dag_id: str) -> None:
    figures = Figures()
    figures.add(dags.DAG_PAUSED, 1, dag_id=dag_id)
    (family,) = text_string_to_metric_families(figures.render().decode())
    assert [(sample.labels, sample.value) for sample in family.samples] == [({"dag_id": dag_id}, 1.0)]


def test_the_exposition_pleases_promtool() -> None:
    figures = Figures()
    for parameter in AWKWARD:
        figures.add(dags.DAG_PAUSED, 0.5, dag_id=str(parameter.values[0]))
    figures.add(tasks.TASK_INSTANCES_WAITING, 3)
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: apt-get install prometheus"
    done = subprocess.run(
        [promtool, "check", "metrics"], input=figures.render(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(True, "1.0", id="boolean"),
        pytest.param(3.0, "3.0", id="whole"),
        pytest.param(1795335703.382533, "1.795335703382533e+09", id="timestamp"),
        pytest.param(0.000015, "1.5e-05", id="small"),
    ],
)
def test_numbers_keep_their_digits(value: float, text: str) -> None:
    figures = Figures()
    figures.add(tasks.TASK_INSTANCES_WAITING, value)
    assert figures.render().decode().splitlines()[-1] == f"airflow_task_instances_waiting {text}"


def test_labels_that_do_not_fit_are_an_error_that_names_both_sets() -> None:
    with pytest.raises(FiguresError, match=r"got labels \['dag'\], needs \['dag_id'\]"):
        Figures().add(dags.DAG_PAUSED, 1, dag="a")


def test_the_same_series_twice_is_an_error() -> None:
    figures = Figures()
    figures.add(dags.DAG_PAUSED, 1, dag_id="a")
    with pytest.raises(FiguresError, match="stand twice"):
        figures.add(dags.DAG_PAUSED, 1, dag_id="a")


def test_many_samples_at_once_are_like_one_after_the_other() -> None:
    samples = {("b", "queued"): 2.0, ("hidden", "queued"): 1.0, ("a", "running"): 1.0, ("a", "queued"): 0.0}
    for preset in Preset:
        one, many = (Figures(Cardinality(preset=preset, without=("hid*",))) for _ in range(2))
        for (dag_id, state), value in samples.items():
            one.add(dags.DAG_RUNS, value, dag_id=dag_id, state=state)
        turned = (((state, dag_id), value) for (dag_id, state), value in samples.items())
        many.add_each(dags.DAG_RUNS, ("state", "dag_id"), turned)
        assert one.render() == many.render()
        assert one.limit() == many.limit()


def test_samples_of_one_place_add_up_where_the_preset_leaves_their_label_out() -> None:
    figures = Figures(Cardinality(preset=Preset.DEFAULT))
    names = ("state", "pool", "queue", "executor")
    each = [(("queued", "p", "q", executor), 2.0) for executor in ("one", "other")]
    figures.add_each(tasks.TASK_INSTANCES, names, each)
    assert figures.family(tasks.TASK_INSTANCES) == {("queued", "p", "q"): 4}


def test_many_samples_with_wrong_labels_or_twice_are_an_error() -> None:
    figures = Figures()
    with pytest.raises(FiguresError, match=r"got labels \['dag'\], needs \['dag_id'\]"):
        figures.add_each(dags.DAG_PAUSED, ("dag",), [(("a",), 1)])
    with pytest.raises(FiguresError, match="stand twice"):
        figures.add_each(dags.DAG_PAUSED, ("dag_id",), [(("a",), 1), (("a",), 1)])


def test_a_snapshot_is_compressed_for_those_who_ask() -> None:
    figures = Figures()
    figures.add(tasks.TASK_INSTANCES_WAITING, 3)
    snapshot = Snapshot.of(figures)
    plain = snapshot.response(Request(path="/metrics"))
    packed = snapshot.response(Request(path="/metrics", headers={"accept-encoding": "gzip"}))
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.body.startswith(figures.render())


def test_a_snapshot_says_what_the_process_costs() -> None:
    body = Snapshot.of(Figures()).response(Request(path="/metrics")).body
    names = {family.name for family in text_string_to_metric_families(body.decode())}
    assert {"process_resident_memory_bytes", "process_cpu_seconds"} <= names


_COUNTER = Metric(
    name="airflow_things_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("state",),
    help="Things.",
    subject="s",
    source=Database(tables=("dag",)),
)
_HISTOGRAM = Metric(
    name="airflow_wait_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("queue",),
    help="Waits.",
    subject="s",
    source=Database(tables=("dag",), buckets=(1, 2.5)),
)


def test_counters_and_histograms_read_as_such() -> None:
    figures = Figures()
    figures.add(_COUNTER, 3, state="done")
    figures.add_histogram(_HISTOGRAM, (4, 0, 2), 17.5, queue="q")
    found = {family.name: family for family in text_string_to_metric_families(figures.render().decode())}
    assert found["airflow_things"].type == "counter"
    assert [sample.value for sample in found["airflow_things"].samples] == [3]
    samples = [
        (each.name, each.labels.get("le"), each.value) for each in found["airflow_wait_seconds"].samples
    ]
    assert samples == [
        ("airflow_wait_seconds_bucket", "1.0", 4),
        ("airflow_wait_seconds_bucket", "2.5", 4),
        ("airflow_wait_seconds_bucket", "+Inf", 6),
        ("airflow_wait_seconds_count", None, 6),
        ("airflow_wait_seconds_sum", None, 17.5),
    ]


def test_a_histogram_has_a_count_for_every_bucket() -> None:
    with pytest.raises(FiguresError, match=r"2 counts for 2 buckets and \+Inf"):
        Figures().add_histogram(_HISTOGRAM, (4, 0), 17.5, queue="q")
