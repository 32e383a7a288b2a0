"""Runbooks as pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exporter.page_world import get, text
from windsock.pages import runbooks


def test_every_runbook_is_shown() -> None:
    for alert in runbooks.known():
        response = get(f"/runbooks/{alert}")
        assert response.status == 200
        assert "```" not in text(response)
        assert "**" not in text(response)


@pytest.mark.parametrize("name", ["NoSuchAlert", "..%2F..%2FREADME", "README", "%2Fetc%2Fpasswd", "A%00B"])
def test_unknown_runbook_lists_the_known_ones(name: str) -> None:
    response = get(f"/runbooks/{name}")
    assert response.status == 404
    for alert in runbooks.known():
        assert f'href="{alert}"' in response.body.decode()


def test_runbook_links_between_files_work() -> None:
    for alert in runbooks.known():
        assert get(f"/runbooks/{alert}.md").status == 200


def test_index_lists_the_runbooks() -> None:
    assert get("/runbooks/").status == 200


def test_html_in_a_runbook_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "# Late\n\n<b>bold</b> [run](javascript:alert(1))\n\n| a |\n|---|\n| `1` |\n"
    (tmp_path / "Late.md").write_text(page, encoding="utf-8")
    monkeypatch.setattr(runbooks, "folder", lambda: tmp_path)
    body = get("/runbooks/Late").body.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in body
    assert 'href="javascript' not in body
    assert "<td><code>1</code></td>" in body
