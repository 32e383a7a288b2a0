"""Counters whose file finds no room."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.support.exporter_process import ExporterProcess
from tests.support.feed_world import NOW, World
from windsock.catalog import outcomes

_SUCCESS = f'{outcomes.RUNS_FINISHED}{{run_type="scheduled",state="success"}}'


def test_a_full_disk_is_said_counting_goes_on_and_what_was_counted_is_written_once_there_is_room(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, "3.3")
    exporter = ExporterProcess(tmp_path, "--fast-interval", "300ms", "--slow-interval", "5s")
    try:
        exporter.start(f"sqlite:///{world.path}")
        exporter.until("windsock_state_saved 1.0\n")
        (tmp_path / "state" / "counters.json.new").symlink_to("/dev/full")
        now = datetime.now(NOW.tzinfo)
        world.run(1, "success", end_date=now)
        text = exporter.until("windsock_state_saved 0.0\n")
        assert "No space left on device" in exporter.log.read_text()
        assert _SUCCESS + " 1.0\n" in exporter.until(_SUCCESS + " 1.0\n"), text
        (tmp_path / "state" / "counters.json.new").unlink()
        exporter.until("windsock_state_saved 1.0\n")
        exporter.kill()
        exporter.start(f"sqlite:///{world.path}")
        exporter.until(_SUCCESS + " 1.0\n")
    finally:
        exporter.kill()
        world.close()
