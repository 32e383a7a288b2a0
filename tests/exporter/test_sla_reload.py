"""`slas.yaml` that changes while it is in use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.exporter.sla_world import World, at, dag, run
from windsock.sla import Register, Standing, load
from windsock.sla.reload import Reloader

GOOD = "slas: [{dag: finance_daily, max_age: 26h}]\n"
WRONG = "slas:\n- dag: finance_daily\n  max_age: 26\n"
DONE = run("2026-03-01 02:00", end="2026-03-01 03:00")


def _follow(folder: Path) -> tuple[Path, Register, Reloader]:
    path = folder / "slas.yaml"
    path.write_text(GOOD, encoding="utf-8")
    register = Register(load(path))
    return path, register, Reloader(path, register)


def _said(reloader: Reloader) -> dict[str, float]:
    return {metric.name: value for metric, _, value in reloader.samples()}


def _ages(register: Register) -> list[str | None]:
    return [entry.max_age for entry in register.slas.entries]


def test_changed_file_counts(tmp_path: Path) -> None:
    path, register, reloader = _follow(tmp_path)
    path.write_text(GOOD.replace("26h", "2d"), encoding="utf-8")
    reloader.check()
    assert _ages(register) == ["2d"]
    assert _said(reloader)["windsock_sla_file_last_reload_successful"] == 1


def test_file_that_has_not_changed_is_not_read(tmp_path: Path) -> None:
    _, register, reloader = _follow(tmp_path)
    before = register.slas
    reloader.check()
    reloader.check()
    assert register.slas is before


@pytest.mark.parametrize("content", [WRONG, "slas: [", None], ids=["wrong value", "no YAML", "gone"])
def test_wrong_file_keeps_the_old_one_and_is_told_once(content: str | None, tmp_path: Path) -> None:
    path, register, reloader = _follow(tmp_path)
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    with capture_logs() as logs:
        reloader.check()
        reloader.check()
    assert _ages(register) == ["26h"]
    assert _said(reloader)["windsock_sla_file_last_reload_successful"] == 0
    assert [line["log_level"] for line in logs] == ["error"]
    assert logs[0]["why"] == reloader.problem


def test_log_line_names_file_line_key_and_what_is_valid(tmp_path: Path) -> None:
    path, _, reloader = _follow(tmp_path)
    path.write_text(WRONG, encoding="utf-8")
    reloader.check()
    assert reloader.problem == (
        f"{path}:3: slas.0.max_age: expected a duration longer than 0s, e.g. 26h, 90m or 1d12h"
    )


def test_mended_file_counts_again(tmp_path: Path) -> None:
    path, register, reloader = _follow(tmp_path)
    path.write_text(WRONG, encoding="utf-8")
    reloader.check()
    path.write_text(GOOD.replace("26h", "3d"), encoding="utf-8")
    reloader.check()
    assert (_ages(register), reloader.problem) == (["3d"], None)


def test_asked_for_it_reads_a_file_whose_time_did_not_change(tmp_path: Path) -> None:
    path, register, reloader = _follow(tmp_path)
    reloader.check()
    found = path.stat()
    path.write_text(GOOD.replace("26h", "27h"), encoding="utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    reloader.check()
    assert _ages(register) == ["26h"]
    reloader.check(anyway=True)
    assert _ages(register) == ["27h"]


def test_link_that_points_elsewhere_is_a_change(tmp_path: Path) -> None:
    # As Kubernetes replaces the files of a ConfigMap.
    path, register, reloader = _follow(tmp_path)
    other = tmp_path / "other.yaml"
    other.write_text(GOOD.replace("26h", "28h"), encoding="utf-8")
    path.unlink()
    path.symlink_to(other)
    reloader.check()
    assert _ages(register) == ["28h"]


def test_breach_goes_on_over_a_reload_that_keeps_the_sla_and_ends_with_its_removal(tmp_path: Path) -> None:
    path, register, reloader = _follow(tmp_path)
    world = World(GOOD)
    world.engine = type(world.engine)(register, world.state)
    stale = dag(runs=(DONE,))
    assert world.one("2026-03-02 06:00", stale).standing is Standing.BREACHED
    path.write_text(GOOD.replace("26h", "100h, severity: info"), encoding="utf-8")
    reloader.check()
    status = world.one("2026-03-02 06:01", stale)
    assert (status.standing, status.severity, status.deadline) == (
        Standing.BREACHED,
        "info",
        at("2026-03-02 05:00"),
    )
    path.write_text("slas: []\n", encoding="utf-8")
    reloader.check()
    assert world.see("2026-03-02 06:02", stale) == ()
