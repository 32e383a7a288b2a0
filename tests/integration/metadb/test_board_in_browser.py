"""The pages of the real `windsock serve` over a seeded database, in headless Chromium."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.stack import programs
from demo.stack.ports import choose
from tests.support import board_world
from tests.support.board_world import KEPT, LATE, ODD, RISKY

_WINDSOCK = str(Path(sys.executable).with_name("windsock"))
_PHONE, _DESK = (360, 740), (1280, 900)
_PATIENT = 120_000.0  # milliseconds: many tests at once may share one core
_ODD = quote(ODD, safe="")
_PAGES = [
    pytest.param("/", id="board"),
    pytest.param("/?team=nosuch&tag=pci", id="no such team"),
    pytest.param("/slas", id="all SLAs"),
    pytest.param(f"/dags/{LATE}", id="late DAG"),
    pytest.param(f"/dags/{_ODD}", id="DAG with an odd id"),
    pytest.param("/runbooks/AirflowSlaBreached", id="runbook"),
]
# Opens everything and reads the page again as the script does of itself every 15 seconds.
_OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


@dataclass(frozen=True)
class Site:
    """What is looked at, and with what."""

    url: str
    database: Path
    browser: Browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("board")
    database = folder / "airflow.db"
    url = board_world.make(database)
    with (
        board_world.beating(database),
        _serve(url, folder) as port,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=programs.chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        ) as browser,
    ):
        yield Site(f"http://127.0.0.1:{port}", database, browser)


@contextmanager
def _serve(url: str, folder: Path) -> Iterator[int]:
    (folder / "slas.yaml").write_text(board_world.SLAS, encoding="utf-8")
    (folder / "url").write_text(url, encoding="utf-8")
    port = choose({"windsock": 0})["windsock"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(_WINDSOCK, "serve", "--database-url-file", str(folder / "url")),
                *("--listen", f"127.0.0.1:{port}", "--sla-file", str(folder / "slas.yaml")),
                *("--state-dir", str(folder / "state"), "--airflow-public-url", "https://airflow.example"),
                *("--fast-interval", "2s", "--slow-interval", "2s"),
            ],
            stderr=log,
        )
    try:
        _until(lambda: _standings(port).get(RISKY) == "at_risk" and process.poll() is None, folder / "log")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    assert "Traceback" not in (folder / "log").read_text(encoding="utf-8")


def _standings(port: int) -> dict[str, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/slas", timeout=60) as answer:
            return {each["dag_id"]: each["standing"] for each in json.loads(answer.read())["slas"]}
    except OSError:
        return {}


def _until(met: Callable[[], bool], log: Path | None = None, *, seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        said = log.read_text(encoding="utf-8")[-3000:] if log else ""
        assert time.monotonic() < deadline, f"not after {seconds} s: {said}"
        time.sleep(0.1)


@contextmanager
def _open(
    site: Site,
    path: str = "/",
    *,
    size: tuple[int, int] = _DESK,
    scheme: Literal["light", "dark"] = "light",
    script: bool = True,
) -> Iterator[Page]:
    """A page in a fresh profile; nothing may go wrong in it while it is looked at."""
    wrong: list[str] = []
    context = site.browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, java_script_enabled=script
    )
    context.set_default_timeout(_PATIENT)
    page = context.new_page()
    # A page that says 400 is a page all the same; Chromium tells of it.
    page.on("console", lambda said: wrong.append(said.text) if "400 (Bad Request)" not in said.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto(f"{site.url}{path}")
    yield page
    context.close()
    assert wrong == []


@pytest.mark.parametrize("path", _PAGES)
def test_page_fits_a_phone_and_everybody_can_use_it(site: Site, path: str) -> None:
    with _open(site, path, size=_PHONE) as page:
        page.evaluate(_OPEN)
        assert page.evaluate("document.documentElement.scrollWidth") == _PHONE[0]
        assert _violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert _violations(page, only="color-contrast") == []


def _violations(page: Page, only: str | None = None) -> list[tuple[str, str]]:
    """What axe-core finds, each with the first place."""
    options = {"resultTypes": ["violations"], **({"runOnly": [only]} if only else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def test_board_on_a_desk_is_clean_too(site: Site) -> None:
    with _open(site) as page:
        page.evaluate(_OPEN)
        assert _violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == _DESK[0]


def test_board_shows_what_is_late_and_at_risk_with_the_reason(site: Site) -> None:
    with _open(site) as page:
        late = page.locator("article.breached")
        assert late.locator("h3").all_inner_texts() == [LATE]
        said = late.inner_text()
        assert "late by 1 h" in said
        assert "full pool" in said
        assert "team finance, owner cfo · page, tier 1" in said
        risky = page.locator("article.at_risk").inner_text()
        assert "likely done" in risky
        assert "load took 35 min, usually" in risky
        assert page.title() == "1 late · Windsock"
        assert ODD in page.locator("table").filter(has_text="next deadline").inner_text()


def test_links_lead_to_the_run_the_dag_and_back(site: Site) -> None:
    with _open(site) as page:
        latest = page.locator("article.breached").get_by_role("link", name="latest run")
        assert latest.get_attribute("href") == f"go/dags/{LATE}/latest"
        page.get_by_role("link", name=ODD).first.click()
        expect(page.locator("h1")).to_have_text(ODD, timeout=_PATIENT)
        page.get_by_role("link", name="Windsock").click()
        page.wait_for_url(f"{site.url}/")


@pytest.mark.parametrize("script", [True, False])
def test_filters_work_with_and_without_the_script(site: Site, *, script: bool) -> None:
    with _open(site, script=script) as page:
        page.get_by_text("Filter", exact=True).first.click()
        page.get_by_label("team").select_option("commerce")
        page.get_by_label("tag").select_option("daily")
        page.get_by_role("button", name="Filter").click()
        page.wait_for_url("**/?team=commerce&tag=daily*")
        shown = page.locator("main").inner_text()
        assert KEPT in shown
        assert LATE not in page.locator("table, article").all_inner_texts()
        assert ODD not in shown
        page.get_by_role("link", name="show all").click()
        expect(page.locator("main")).to_contain_text(LATE, timeout=_PATIENT)


def test_without_the_script_everything_is_there_and_the_browser_reads_it_again(site: Site) -> None:
    with _open(site, script=False) as page:
        assert page.locator("article.breached h3").all_inner_texts() == [LATE]
        assert page.locator("noscript meta[http-equiv=refresh]").get_attribute("content") == "15"


def test_dag_page_draws_thirty_runs_and_has_them_as_a_table(site: Site) -> None:
    with _open(site, f"/dags/{KEPT}") as page:
        page.get_by_text("The runs as a table").click()
        assert page.locator("#runs-table tbody tr").count() == 30
        picture = page.get_by_role("img", name="The last 30 runs")
        assert picture.locator("rect.good").count() == 30
        assert "early" in page.locator("#runs-table").inner_text()


def test_dag_page_has_the_record_and_explains_it(site: Site) -> None:
    with _open(site, f"/dags/{LATE}") as page:
        assert "late since" in page.locator("article.breached").inner_text()
        page.locator("#record ~ table").get_by_role("link", name="step by step").last.click()
        page.wait_for_url("**?at=*")
        said = page.locator("main").inner_text()
        assert "As it was at" in said
        assert "Cause: waiting for a full pool" in said


def test_dark_is_dark(site: Site) -> None:
    back = "getComputedStyle(document.body).backgroundColor"
    with _open(site, scheme="dark") as page:
        assert page.evaluate(back) == "rgb(18, 20, 22)"
    with _open(site) as page:
        assert page.evaluate(back) == "rgb(245, 246, 247)"


def test_keyboard_skips_to_the_content_and_shows_where_it_is(site: Site) -> None:
    with _open(site) as page:
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_page_says_loudly_that_windsock_does_not_answer_any_more(site: Site) -> None:
    context = site.browser.new_context()
    context.set_default_timeout(_PATIENT)
    page = context.new_page()
    page.clock.install()
    page.goto(site.url)
    lost = page.get_by_role("alert")
    assert lost.count() == 0
    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(120_000)
    lost.wait_for()
    assert "Windsock does not answer. What you see is 2 min old." in lost.inner_text()
    page.unroute_all()
    page.clock.run_for(20_000)
    lost.wait_for(state="detached" if lost.count() == 0 else "hidden")
    context.close()


def test_refresh_changes_what_is_different_and_nothing_else(site: Site) -> None:
    """The last one: it ends the breach."""
    with _open(site, size=_PHONE) as page:
        table = page.locator("#timeline-table")
        table.locator("summary").click()
        focused = page.locator("article.at_risk h3 a")
        focused.focus()
        focused.scroll_into_view_if_needed()
        place = focused.bounding_box()
        page.evaluate("window.mark = document.activeElement")
        board_world.succeed(site.database)

        def done() -> bool:
            page.evaluate(_AGAIN)
            return page.locator("article.breached").count() == 0

        _until(done, seconds=90)
        assert page.evaluate("document.activeElement === window.mark")
        assert table.get_attribute("open") is not None
        assert page.title() == "Windsock"
        assert page.get_by_role("status").inner_text().startswith("0 late")
        assert "Nothing is late." in page.locator("main").inner_text()
        after = focused.bounding_box()
        assert place is not None
        assert after is not None
        # What stands above has become shorter.
        assert page.evaluate("window.scrollY") > 0
        assert abs(after["y"] - place["y"]) < 5
        with page.expect_response(lambda answer: answer.url == f"{site.url}/"):
            page.evaluate(_AGAIN)


def test_breach_that_ended_is_in_the_record(site: Site) -> None:
    with _open(site, f"/dags/{LATE}") as page:
        rows = page.locator("#record ~ table tbody tr").all_inner_texts()
        assert any("breached" in row for row in rows)
        assert any("ok" in row for row in rows)
