"""`python -m tests.full`: which parts there are, and what it writes down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.full import __main__ as full

HEAD = "# Last runs\n\n| date | commit | part | result | seconds |\n|---|---|---|---|---|\n"


def test_every_module_is_a_part_with_releases_that_can_be_installed() -> None:
    modules = {path.stem.removeprefix("test_") for path in (full.ROOT / "tests" / "full").glob("test_*.py")}
    parts = full.parts()
    assert {part.name for part in parts} == {"test", "tools", "drills"} | modules
    assert len({part.what for part in parts}) == len(parts)
    for version in {version for part in parts for version in part.airflows}:
        assert (full.ROOT / "requirements" / f"airflow-{version}.txt").is_file(), version


def test_a_part_has_one_row_and_it_is_that_of_its_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(HEAD, encoding="utf-8")
    monkeypatch.setattr(full, "PAGE", page)
    one = full.Part(name="one", what="The first", argv=())
    two = full.Part(name="two", what="The second", argv=())
    for part, commit, said in ((one, "aaa", "1 failed"), (two, "aaa", "2 passed"), (one, "bbb", "1 passed")):
        full._note(part, commit, said, 12.3)
    rows = [row.split(" | ")[1:] for row in page.read_text("utf-8").removeprefix(HEAD).splitlines()]
    assert rows == [
        ["`bbb`", "The first", "1 passed", "12 |"],
        ["`aaa`", "The second", "2 passed", "12 |"],
    ]


@pytest.mark.parametrize("ok", [True, False])
def test_what_is_green_at_this_commit_is_not_run_again(
    ok: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(part: full.Part) -> tuple[bool, str]:
        ran.append(part.name)
        return ok, "said"

    page = tmp_path / "page.md"
    page.write_text(HEAD, encoding="utf-8")
    monkeypatch.setattr(full, "PAGE", page)
    monkeypatch.setattr(full, "STATE", tmp_path / "state" / "full.json")
    monkeypatch.setattr(full, "_commit", lambda: "abc")
    monkeypatch.setattr(full, "_run", run)
    monkeypatch.setattr(full, "parts", lambda: [full.Part(name="one", what="The first", argv=())])
    assert full.main([]) == full.main([]) == (0 if ok else 1)
    assert ran == (["one"] if ok else ["one", "one"])
