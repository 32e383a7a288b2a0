"""`/`: the status board. What is late and whose it is comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone

from windsock.pages import links
from windsock.pages.html import Html, join, link, page, tag
from windsock.sla import Standing, Status
from windsock.spoken import moment, relative, span
from windsock.view import View
from windsock.web import Response

_REFRESH = 30
_SEVERITIES = ("page", "ticket", "info")
_SLA_RUNBOOK = "AirflowSlaBreached"
_SILENT = 45.0
_MOST_LOOKS = 200


def show(view: View, base: str | None, grafana: str | None = None) -> Response:
    """The whole board."""
    breached = [status for status in view.statuses if status.standing is Standing.BREACHED]
    breached.sort(key=lambda status: (_SEVERITIES.index(status.severity), -status.late, status.dag_id))
    title = f"{len(breached)} late · Windsock" if breached else "Windsock"
    return page(
        title,
        _header(view),
        tag("h2", "Late"),
        *(_card(status, view, base, grafana) for status in breached),
        None if breached else _nothing_late(view),
        *_at_risk(view),
        *_upcoming(view),
        *_unknown(view),
        *_warnings(view),
        *_components(view),
        *_broken_files(view),
        *_collectors(view),
        tag(
            "footer",
            join(
                link("runbooks", "runbooks/"),
                " · ",
                link("JSON", "api/v1/slas"),
                " · ",
                link("metrics", "metrics"),
            ),
            class_="dim",
        ),
        refresh=_REFRESH,
    )


def _header(view: View) -> Html:
    version = f"Airflow {view.airflow_version}" if view.airflow_version else "Airflow"
    head = tag("header", tag("h1", "Windsock"), tag("p", f"{version} · {moment(view.at)}", class_="dim"))
    if not view.database_up:
        when = (
            f"the last facts are from {moment(view.facts.now)}"
            if view.facts
            else "nothing is known at present"
        )
        return join(
            head,
            tag(
                "div",
                tag("p", "The metadata database does not answer", class_="big late"),
                tag("p", f"{when}. SLAs that were breached stay breached, the others are unknown."),
                tag(
                    "p", link("runbook", links.runbook("AirflowMetadataDatabaseUnreachable")), class_="links"
                ),
                class_="card down",
            ),
        )
    facts = (
        f"database answers, facts from {moment(view.facts.now)}"
        if view.facts
        else "database answers, no facts yet"
    )
    return join(head, tag("p", facts, class_="dim"))


def _nothing_late(view: View) -> Html:
    if not view.statuses:
        return tag("p", "No SLA is known: write --sla-file or tag a DAG (docs/slas.md).", class_="dim")
    if any(status.standing is Standing.UNKNOWN and not status.missing for status in view.statuses):
        return tag("p", "Nothing that is known.", class_="dim")
    return tag("p", "Nothing is late.", class_="good big")


def _card(status: Status, view: View, base: str | None, grafana: str | None) -> Html:
    cause = f"{status.cause.text}{_evidence(status, view)}" if status.cause else "unknown"
    since = f", due {moment(status.deadline)}" if status.deadline else ""
    return tag(
        "article",
        tag("h3", status.dag_id),
        tag("p", f"late by {span(status.late)}", class_="big late"),
        tag("p", f"{_promise(status)}{since}"),
        tag("p", tag("strong", "Why: "), cause),
        tag("p", tag("strong", "Whose: "), f"team {status.team}{_owners(status, view)} · {_weight(status)}"),
        tag("p", status.warning, class_="dim") if status.warning else None,
        tag("p", *_links(status, view, base, grafana), class_="links"),
        class_="card breached",
    )


def _at_risk(view: View) -> Iterator[Html]:
    risky = [status for status in view.statuses if status.standing is Standing.AT_RISK]
    if risky:
        yield tag("h2", "At risk")
    for status in sorted(risky, key=lambda each: (each.deadline or view.at, each.dag_id)):
        cause = status.cause.text if status.cause else "unknown"
        due = f", due {moment(status.deadline)}" if status.deadline else ""
        yield tag(
            "article",
            tag("h3", status.dag_id),
            *_predicted(status),
            tag("p", f"{_promise(status)}{due}"),
            tag("p", tag("strong", "Why: "), "; ".join([cause, *_words(status)])),
            tag(
                "p",
                tag("strong", "Whose: "),
                f"team {status.team}{_owners(status, view)} · {status.at_risk_severity}",
            ),
            class_="card",
        )


def _predicted(status: Status) -> Iterator[Html]:
    found = status.prediction
    if found is None or status.deadline is None:
        return
    half, most = (datetime.fromtimestamp(at, timezone.utc) for at in (found.p50, found.p90))
    off = (half - status.deadline).total_seconds()
    yield tag(
        "p", f"likely done {moment(half)}, {span(off)} {'late' if off > 0 else 'early'}", class_="big late"
    )
    yield tag("p", f"{found.miss:.0%} that it is missed; done by {moment(most)} in nine of ten cases")


def _words(status: Status) -> tuple[str, ...]:
    return status.prediction.words if status.prediction else ()


def _weight(status: Status) -> str:
    return f"{status.severity}, tier {status.tier}" if status.tier else status.severity


def _promise(status: Status) -> str:
    named = "" if status.sla == status.kind else f"{status.sla}: "
    return f"{named}{status.deadline_text}"


def _owners(status: Status, view: View) -> str:
    dag = view.facts.dags.get(status.dag_id) if view.facts else None
    return f", owner {', '.join(dag.owners)}" if dag and dag.owners else ""


def _evidence(status: Status, view: View) -> str:
    """What the DAG's tasks are doing, with the pools that are full."""
    dag = view.facts.dags.get(status.dag_id) if view.facts else None
    if view.facts is None or dag is None or not dag.tasks:
        return ""
    count: Counter[tuple[str, str]] = Counter()
    for tasks in dag.tasks:
        count[tasks.state, tasks.pool] += tasks.count
    parts = []
    for (state, name), number in sorted(count.items()):
        pool = view.facts.pools.get(name)
        used = f" ({pool.occupied} of {pool.limit} slots used)" if pool and pool.limit is not None else ""
        parts.append(f"{number} {state} in pool {name}{used}")
    return f" — tasks: {', '.join(parts)}"


def _links(status: Status, view: View, base: str | None, grafana: str | None) -> Iterator[Html]:
    if base is not None:
        runs = view.runs.get(status.dag_id)
        known = (
            {"latest": runs.latest, "running": runs.running, "last-failed": runs.last_failed} if runs else {}
        )
        for which in links.WHICH:
            if known.get(which) is not None:
                yield link(f"{which.replace('-', ' ')} run", links.go(status.dag_id, which))
        yield link("DAG in Airflow", links.dag(base, view.major, status.dag_id))
    if grafana is not None:
        yield link("dashboard", links.dashboard(grafana, status.dag_id))
    if status.runbook:
        yield link("runbook of this SLA", status.runbook)
    yield link("runbook", links.runbook(_SLA_RUNBOOK))


def _upcoming(view: View) -> Iterator[Html]:
    kept = [status for status in view.statuses if status.standing is Standing.OK]
    if not kept:
        return
    last = datetime.max.replace(tzinfo=view.at.tzinfo)
    kept.sort(key=lambda status: (status.deadline or last, status.dag_id, status.sla))
    yield tag("h2", "In time")
    yield _table(
        ("DAG", "promise", "next deadline", "team"),
        ((status.dag_id, _promise(status), _next(status, view), status.team) for status in kept),
    )


def _next(status: Status, view: View) -> str:
    if status.deadline is None:
        return "none in sight"
    done = ", done already" if status.met else ""
    return f"{relative(status.deadline, view.at)} ({moment(status.deadline)}){done}"


def _unknown(view: View) -> Iterator[Html]:
    unknown = [s for s in view.statuses if s.standing is Standing.UNKNOWN and not s.missing and not s.warning]
    if unknown:
        yield tag("h2", "Unknown")
        yield tag("p", "Not judged until there are fresh facts.", class_="dim")
        yield _table(("DAG", "promise", "team"), ((s.dag_id, _promise(s), s.team) for s in unknown))


def _warnings(view: View) -> Iterator[Html]:
    rows = [(each.dag_id, f"tag {each.tag}", each.team, each.why, "") for each in view.wrong_tags]
    rows += [(s.dag_id, _promise(s), s.team, s.warning, s.place) for s in view.statuses if s.warning]
    if rows or view.sla_file_problem:
        yield tag("h2", "SLAs that need a look")
    if view.sla_file_problem:
        wrong = f"The SLA file is wrong, the last good one counts: {view.sla_file_problem}"
        yield tag("p", wrong, class_="late")
    if rows:
        more = len(rows) - _MOST_LOOKS
        if more > 0:
            yield tag("p", f"The first {_MOST_LOOKS}; {more} more are in the JSON.", class_="dim")
        yield _table(("DAG", "promise", "team", "what", "where"), rows[:_MOST_LOOKS])


def _components(view: View) -> Iterator[Html]:
    if not view.components:
        return
    yield tag("h2", "Components")
    rows = []
    for component in view.components:
        age = max(0.0, (view.at - component.heartbeat).total_seconds())
        if age < _SILENT:
            state: str = tag("span", "alive", class_="good")
        elif component.stopped:
            state = "stopped in order"
        else:
            state = tag("span", "silent", class_="late")
        rows.append((component.job_type, state, f"{span(age)} ago"))
    yield _table(("component", "state", "last heartbeat"), rows)


def _broken_files(view: View) -> Iterator[Html]:
    if not view.broken_files:
        return
    yield tag("h2", "Files that Airflow cannot import")
    yield _table(
        ("file", "team", "for"),
        (
            (f"{broken.bundle}: {broken.file}" if broken.bundle else broken.file, broken.team, age)
            for broken in view.broken_files
            for age in [span((view.at - broken.first_seen).total_seconds())]
        ),
    )


def _collectors(view: View) -> Iterator[Html]:
    if not view.collectors:
        return
    yield tag("h2", "Collectors")
    rows = []
    for collector in view.collectors:
        if collector.disabled:
            state: str = tag("span", f"switched off: {collector.disabled}", class_="late")
        elif collector.problem:
            state = tag("span", collector.problem, class_="late")
        else:
            state = tag("span", "fine", class_="good") if collector.last_success else "not run yet"
        last = relative(collector.last_success, view.at) if collector.last_success else "never"
        rows.append((collector.name, state, last))
    yield _table(("collector", "state", "last success"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    return tag(
        "table",
        tag("tr", *(tag("th", name) for name in head)),
        *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows),
        class_="stack",
    )
