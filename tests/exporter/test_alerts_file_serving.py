"""`windsock serve --alerts-file` exports what differs for single DAGs, and follows the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from windsock.cardinality import Cardinality
from windsock.catalog import alerting
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.known import KnownDag
from windsock.figures import Figures
from windsock_alerts.serving import Serving

STRICT = "dags: [{tag: critical, thresholds: {dag_overdue: 5m}}]\n"
LAX = "dags: [{tag: critical, thresholds: {dag_overdue: 2h}}]\n"


def known(dag_id: str, *tags: str, team: str = "default") -> KnownDag:
    nothing: Any = [None] * (len(Dag._fields) - 1)
    row = Dag(dag_id, *nothing)
    return KnownDag(row, ("x",), tags, team, "@daily", scheduled=True, folder="", next_due=None)


def begin(folder: Path, text: str) -> tuple[Path, Serving]:
    path = folder / "alerts.yaml"
    path.write_text(text, encoding="utf-8")
    return path, Serving(path)


def drawn(serving: Serving, *dags: KnownDag, tags_known: bool = True, cap: int = 100) -> Figures:
    figures = Figures(Cardinality(cap=cap))
    by_id = {dag.row.dag_id: dag for dag in dags}
    serving.add(
        figures, by_id, lambda dag: frozenset({"1"} if dag.team == "finance" else ()), tags_known=tags_known
    )
    figures.limit()
    return figures


def limits(figures: Figures) -> dict[tuple[str, ...], float]:
    return figures.family(alerting.LIMIT_SECONDS)


def good(figures: Figures) -> float | None:
    return figures.value(alerting.FILE_GOOD)


def test_only_dags_that_differ_have_series(tmp_path: Path) -> None:
    text = """
    dags:
      - {tier: 1, thresholds: {failures_in_a_row: 1}, alerts: {AirflowDagOverdue: {severity: page}}}
      - {tag: critical, thresholds: {dag_overdue: 5m}}
      - {dag: toy, alerts: {AirflowDagLastRunFailed: {enabled: false}}}
    """
    _, serving = begin(tmp_path, text)
    figures = drawn(serving, known("a", "critical"), known("b", team="finance"), known("toy"), known("usual"))
    assert limits(figures) == {("dag_overdue", "a"): 300}
    assert figures.family(alerting.LIMIT) == {("failures_in_a_row", "b"): 1}
    assert set(figures.family(alerting.SEVERITY)) == {
        ("AirflowDagOverdue", "b", "page"),
        ("AirflowDagLastRunFailed", "toy", "off"),
    }


def test_series_are_capped(tmp_path: Path) -> None:
    _, serving = begin(tmp_path, "dags: [{dag: '*', thresholds: {dag_overdue: 5m}}]")
    figures = drawn(serving, *(known(f"dag_{number}") for number in range(50)), cap=10)
    assert len(limits(figures)) == 10


def test_a_changed_file_counts_with_the_next_figures(tmp_path: Path) -> None:
    path, serving = begin(tmp_path, STRICT)
    dag = known("a", "critical")
    assert limits(drawn(serving, dag)) == {("dag_overdue", "a"): 300}
    path.write_text(LAX, encoding="utf-8")
    assert limits(drawn(serving, dag)) == {("dag_overdue", "a"): 7200}


def test_a_wrong_file_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    path, serving = begin(tmp_path, STRICT)
    dag = known("a", "critical")
    drawn(serving, dag)
    for text in ("dags: [{dag: x}]", "alerts: {Nonsense: {enabled: true}}", "dags: [", None):
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
        with capture_logs() as logs:
            figures = drawn(serving, dag)
            drawn(serving, dag)
        assert limits(figures) == {("dag_overdue", "a"): 300}
        assert good(figures) == 0
        assert [line["event"] for line in logs] == ["alerts file is wrong, the last good one counts"]
        assert str(path) in logs[0]["why"]
    path.write_text(LAX, encoding="utf-8")
    assert good(drawn(serving, dag)) == 1


def test_when_asked_it_reads_a_file_that_looks_unchanged(tmp_path: Path) -> None:
    path, serving = begin(tmp_path, STRICT)
    drawn(serving, known("a"))
    path.write_text("dags: [{", encoding="utf-8")
    drawn(serving, known("a"))
    serving.reload()
    with capture_logs() as logs:
        assert good(drawn(serving, known("a"))) == 0
    assert len(logs) == 1


def test_while_tags_cannot_be_read_a_dag_keeps_what_it_had(tmp_path: Path) -> None:
    _, serving = begin(tmp_path, STRICT)
    drawn(serving, known("a", "critical"), known("b"))
    assert limits(drawn(serving, known("a"), known("new"), tags_known=False)) == {("dag_overdue", "a"): 300}
    assert limits(drawn(serving, known("a"))) == {}


def test_a_dag_that_changes_its_tags_or_its_team_changes_its_limits(tmp_path: Path) -> None:
    _, serving = begin(tmp_path, "dags: [{tag: critical, team: finance, thresholds: {dag_overdue: 5m}}]")
    assert limits(drawn(serving, known("a", "critical"))) == {}
    assert limits(drawn(serving, known("a", "critical", team="finance"))) == {("dag_overdue", "a"): 300}
    assert limits(drawn(serving, known("a", "other", team="finance"))) == {}
