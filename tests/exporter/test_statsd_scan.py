"""The scan of Airflow's source, on small made-up installations."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from windsock.errors import BadInput
from windsock.statsd.drift.installation import at_python, at_site_packages
from windsock.statsd.drift.registry import registry
from windsock.statsd.drift.scan import Sent, scan
from windsock.wire import Wire

REGISTRY = """
metrics:
  - name: "pool.open_slots"
    type: "gauge"
    legacy_name: "pool.open_slots.{pool_name}"
    name_variables: ["pool_name"]
  - name: "scheduler_heartbeat"
    type: "counter"
    legacy_name: "-"
    name_variables: []
"""
_REGISTRY_FILE = "airflow/_shared/observability/metrics/metrics_template.yaml"


def install(folder: Path, version: str, **files: str) -> Path:
    """A folder of packages: `airflow/<name>.py` for each file, with Airflow's client imported."""
    (folder / f"apache_airflow-{version}.dist-info").mkdir(parents=True)
    for name, text in files.items():
        path = folder / "airflow" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from airflow.stats import Stats, stats, DualStatsManager\n" + dedent(text))
    (folder / "airflow").mkdir(exist_ok=True)
    return folder


def found(folder: Path, text: str, version: str = "2.11.2") -> list[Sent]:
    return scan(at_site_packages(install(folder, version, jobs__job=text)))


def names(sent: list[Sent]) -> list[str]:
    return [one.name for one in sent]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Stats.incr('a.b')", ["a.b"], id="a literal"),
        pytest.param("Stats.incr(stat='a.b')", ["a.b"], id="given by name"),
        pytest.param("Stats.incr(f'ti.start.{ti.task.dag_id}')", ["ti.start.{dag_id}"], id="an f-string"),
        pytest.param(
            "Stats.incr(f'exit.{self.job.id}')", ["exit.{job_id}"], id="an id is named after its owner"
        ),
        pytest.param("Stats.incr('a' if x else 'b')", ["a", "b"], id="either of two"),
        pytest.param("Stats.incr('a_' + str(operator))", ["a_{operator}"], id="a sum"),
        pytest.param("Stats.incr(f'ti.{State.RUNNING}')", ["ti.running"], id="a state"),
        pytest.param(
            "class Job:\n  def f(self): Stats.incr(self.__class__.__name__.lower() + '_start')",
            ["job_start"],
            id="the class around it",
        ),
        pytest.param(
            "class SchedulerJob:\n"
            "  def f(self): Stats.incr(convert_camel_to_snake(self.__class__.__name__) + '_end')",
            ["scheduler_job_end"],
            id="the class around it, in snake case",
        ),
        pytest.param(
            "class BaseExecutor:\n  def f(self): Stats.incr(f'slots.{self.__class__.__name__}')",
            ["slots.{class_name}"],
            id="a base class stands for any other",
        ),
        pytest.param(
            "def f(new):\n  if new:\n    kind = 'queued'\n  else:\n    kind = 'scheduled'\n"
            "  Stats.incr(f'task.{kind}')",
            ["task.queued", "task.scheduled"],
            id="a variable with two values",
        ),
        pytest.param(
            "def f():\n  all = {State.QUEUED, State.RUNNING}\n  for one in all: Stats.incr(f'ti.{one}')",
            ["ti.queued", "ti.running"],
            id="a loop",
        ),
        pytest.param(
            "def f(path):\n  file_name = Path(path).stem\n  Stats.incr(f'file.{file_name}')",
            ["file.{file_name}"],
            id="a variable that only a run knows",
        ),
        pytest.param(
            "class A:\n  def name(self, base): return f'{base}.slots'\n"
            "  def f(self):\n    full = self.name('executor')\n    Stats.gauge(full, 1)",
            ["executor.slots"],
            id="a method that builds it",
        ),
        pytest.param(
            "class Bag:\n  def __init__(self, prefix): self._prefix = prefix\n"
            "  def f(self): Stats.incr(f'{self._prefix}.hit')\nBag(prefix='api'); Bag(prefix='scheduler')",
            ["api.hit", "scheduler.hit"],
            id="given to the constructor elsewhere",
        ),
        pytest.param("stats.Stats.incr('a.b')", ["a.b"], id="of the module"),
        pytest.param("Stats.timer()", [], id="a stopwatch sends nothing"),
        pytest.param("other.incr('a.b')", [], id="something else's incr"),
    ],
)
def test_the_name_of_a_call(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert names(found(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param("{'dag_id': 1, 'task_id': 2}", {"dag_id", "task_id"}, id="a dictionary"),
        pytest.param("prune_dict({'dag_id': 1})", {"dag_id"}, id="without its empty values"),
        pytest.param(
            "{**self.stats_tags, 'state': 1}", {"dag_id", "run_type", "state"}, id="the class's own"
        ),
        pytest.param("local", {"queue", "team"}, id="a variable, and what is put into it"),
        pytest.param("None", set(), id="none"),
    ],
)
def test_the_tags_of_a_call(tmp_path: Path, tags: str, expected: set[str]) -> None:
    text = f"""
        class DagRun:
            @property
            def stats_tags(self):
                return prune_dict({{"dag_id": self.dag_id, "run_type": self.run_type}})

            def f(self):
                local = {{"queue": 1}}
                if self.team:
                    local["team"] = self.team
                Stats.incr("a", tags={tags})
    """
    (sent,) = found(tmp_path, text)
    assert sent.tags.keys == expected
    assert not sent.tags.unread


def test_tags_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (sent,) = found(tmp_path, "def f(x): Stats.incr('a', tags={'dag_id': 1, **x.more()})")
    assert sent.tags.keys == {"dag_id"}
    assert sent.tags.unread == {"x.more()"}


@pytest.mark.parametrize(
    ("call", "wire", "method", "given"),
    [
        pytest.param("Stats.incr('a')", Wire.COUNTER, "incr", "", id="incr"),
        pytest.param("Stats.decr('a')", Wire.COUNTER, "decr", "", id="decr"),
        pytest.param("Stats.gauge('a', 1)", Wire.GAUGE, "gauge", "", id="gauge"),
        pytest.param("Stats.timer('a')", Wire.TIMER, "timer", "", id="timer"),
        pytest.param(
            "Stats.timing('a', end_date - start_date)", Wire.TIMER, "timing", "timedelta", id="span"
        ),
        pytest.param("Stats.timing('a', timedelta(1))", Wire.TIMER, "timing", "timedelta", id="timedelta"),
        pytest.param("Stats.timing('a', d.total_seconds())", Wire.TIMER, "timing", "seconds", id="seconds"),
        pytest.param(
            "Stats.timing('a', d.total_seconds() * 1000)", Wire.TIMER, "timing", "milliseconds", id="ms"
        ),
        pytest.param("Stats.timing('a', stat.took)", Wire.TIMER, "timing", "?", id="cannot be read"),
    ],
)
def test_what_a_call_sends(tmp_path: Path, call: str, wire: Wire, method: str, given: str) -> None:
    (sent,) = found(tmp_path, call)
    assert (sent.wire, sent.method, sent.given) == (wire, method, given)


def test_the_place_of_a_call_is_file_and_line(tmp_path: Path) -> None:
    (sent,) = found(tmp_path, "\n\nStats.incr('a')")
    assert sent.where == "airflow/jobs/job.py:4"


@pytest.mark.parametrize(("version", "expected"), [("2.11.2", ["old"]), ("3.3.2", ["new"])])
def test_a_provider_sends_what_it_sends_on_this_airflow(
    tmp_path: Path, version: str, expected: list[str]
) -> None:
    text = "if AIRFLOW_V_3_0_PLUS:\n  Stats.incr('new')\nelse:\n  Stats.incr('old')"
    assert names(found(tmp_path, text, version)) == expected


@pytest.mark.parametrize(
    ("version", "call", "expected"),
    [
        pytest.param(
            "3.3.2",
            "stats.gauge('pool.open_slots', 1, tags={'pool_name': 1, 'team_name': 2})",
            {"pool.open_slots": {"pool_name", "team_name"}, "pool.open_slots.{pool_name}": {"team_name"}},
            id="3.3: every call",
        ),
        pytest.param(
            "3.2.2",
            "Stats.gauge('pool.open_slots', 1, tags={'pool_name': 1})",
            {"pool.open_slots": {"pool_name"}},
            id="3.2: not a plain call",
        ),
        pytest.param(
            "3.2.2",
            "DualStatsManager.gauge('pool.open_slots', 1, tags={'a': 1}, extra_tags={'pool_name': 1})",
            {"pool.open_slots": {"a", "pool_name"}, "pool.open_slots.{pool_name}": {"a"}},
            id="3.2: the wrapper",
        ),
    ],
)
def test_legacy_names_of_the_registry(
    tmp_path: Path, version: str, call: str, expected: dict[str, set[str]]
) -> None:
    folder = install(tmp_path, version, jobs__job=call)
    (folder / _REGISTRY_FILE).parent.mkdir(parents=True)
    (folder / _REGISTRY_FILE).write_text(REGISTRY)
    assert {sent.name: sent.tags.keys for sent in scan(at_site_packages(folder))} == expected


def test_the_registry_is_read_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / _REGISTRY_FILE).parent.mkdir(parents=True)
    (tmp_path / _REGISTRY_FILE).write_text(REGISTRY)
    known = registry(tmp_path)
    assert known["pool.open_slots"].legacy == "pool.open_slots.{pool_name}"
    assert known["scheduler_heartbeat"].legacy is None
    assert known["scheduler_heartbeat"].where == f"{_REGISTRY_FILE}:7"


def test_airflow_before_3_2_has_no_registry(tmp_path: Path) -> None:
    assert registry(tmp_path) == {}


def test_an_unknown_registry_is_one_line(tmp_path: Path) -> None:
    (tmp_path / _REGISTRY_FILE).parent.mkdir(parents=True)
    (tmp_path / _REGISTRY_FILE).write_text("metrics: [{name: a}]")
    with pytest.raises(BadInput, match=r"metrics_template\.yaml: not the list"):
        registry(tmp_path)


def test_the_python_of_an_environment_leads_to_its_packages(tmp_path: Path) -> None:
    packages = install(tmp_path / "lib" / "python3.11" / "site-packages", "2.10.5")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    assert at_python(tmp_path / "bin" / "python").root == packages
    assert at_site_packages(packages).release == (2, 10, 5)


@pytest.mark.parametrize("given", ["nowhere", "empty", "bin/python"])
def test_no_airflow_is_one_line(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    with pytest.raises(BadInput, match=r"^--(site-packages|python): "):
        (at_python if given == "bin/python" else at_site_packages)(tmp_path / given)
