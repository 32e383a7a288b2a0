"""What stands below the SLAs: Airflow's own processes, files that do not import, Windsock's collectors."""

from __future__ import annotations

from collections.abc import Iterator

from windsock.pages.here import Here
from windsock.pages.html import Html, table, tag
from windsock.spoken import relative, span

_SILENT = 45.0


def sections(here: Here) -> Iterator[Html]:
    """Each of them that there is; open where something is wrong."""
    yield from _components(here)
    yield from _broken_files(here)
    yield from _collectors(here)


def _section(title: str, said: Html, body: Html, *, wrong: bool) -> Html:
    name = title.split(maxsplit=1)[0].lower()
    return tag(
        "details",
        tag("summary", tag("h2", title), ": ", said),
        body,
        open="" if wrong else None,
        id=f"platform-{name}",
    )


def _components(here: Here) -> Iterator[Html]:
    if not here.view.components:
        return
    rows, silent = [], 0
    for component in here.view.components:
        age = max(0.0, (here.view.at - component.heartbeat).total_seconds())
        if age < _SILENT:
            state: str = tag("span", "alive", class_="good")
        elif component.stopped:
            state = "stopped in order"
        else:
            silent += 1
            state = tag("span", "silent", class_="late")
        rows.append((component.job_type, state, f"{span(age)} ago"))
    yield _section(
        "Components",
        tag("span", f"{silent} silent", class_="late") if silent else tag("span", "fine", class_="good"),
        table(("component", "state", "last heartbeat"), rows, caption="Components of Airflow"),
        wrong=silent > 0,
    )


def _broken_files(here: Here) -> Iterator[Html]:
    broken = here.view.broken_files
    if not broken:
        return
    rows = (
        (
            f"{each.bundle}: {each.file}" if each.bundle else each.file,
            each.team,
            span((here.view.at - each.first_seen).total_seconds()),
        )
        for each in broken
    )
    yield _section(
        "Files that Airflow cannot import",
        tag("span", str(len(broken)), class_="late"),
        table(("file", "team", "for"), rows, caption="Files that Airflow cannot import"),
        wrong=True,
    )


def _collectors(here: Here) -> Iterator[Html]:
    if not here.view.collectors:
        return
    rows, bad = [], 0
    for collector in here.view.collectors:
        if collector.disabled:
            state: str = tag("span", f"switched off: {collector.disabled}", class_="late")
        elif collector.problem:
            state = tag("span", collector.problem, class_="late")
        else:
            state = tag("span", "fine", class_="good") if collector.last_success else "not run yet"
        bad += bool(collector.disabled or collector.problem)
        last = relative(collector.last_success, here.view.at) if collector.last_success else "never"
        rows.append((collector.name, state, last))
    yield _section(
        "Collectors",
        tag("span", f"{bad} in trouble", class_="late") if bad else tag("span", "fine", class_="good"),
        table(("collector", "state", "last success"), rows, caption="Collectors of Windsock"),
        wrong=bad > 0,
    )
