"""Links in annotations: base URLs may differ per Airflow, label values are escaped for URLs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

from windsock_alerts.settings import Settings, Urls

T = TypeVar("T")


def escaped(label: str) -> str:
    """A template that prints a label's value so that it is safe in a path and in a query."""
    return f'{{{{ $labels.{label} | urlquery | reReplaceAll "\\\\+" "%20" }}}}'


def choose(settings: Settings, link: Callable[[Urls], str]) -> str:
    """The link with the base URLs of the alert's own Airflow."""
    text = link(settings.urls)
    own = {name: link(settings.urls_of(name)) for name in settings.airflows}
    own = {name: url for name, url in own.items() if url != text}
    if not own:
        return text
    head = "{{ if "
    parts = []
    for name, url in own.items():
        parts.append(f"{head}eq $labels.airflow {_quoted(name)} }}}}{url}")
        head = "{{ else if "
    return "".join(parts) + "{{ else }}" + text + "{{ end }}"


def windsock(settings: Settings, path: str) -> str:
    """A link to a page of `windsock serve`; `path` may hold templates."""
    return choose(settings, lambda urls: urls.windsock + path)


def dashboard(settings: Settings, uid: str, opens: tuple[str, ...]) -> str:
    """A link to a dashboard, the last 3 hours, its variables set from the alert's labels."""
    query = "".join(f"&var-{label}={escaped(label)}" for label in opens)
    return choose(settings, lambda urls: f"{urls.grafana}/d/{uid}?from=now-3h&to=now{query}")


def silence(settings: Settings, alert: str, identity: tuple[str, ...]) -> dict[str, str]:
    """The annotation that leads to a silence of just this alert; none where Alertmanager's URL is not set."""
    matchers = f"%7Balertname%3D%22{alert}%22" + "".join(
        f'%2C{label}%3D{{{{ printf "%q" $labels.{label} | urlquery | reReplaceAll "[+]" "%20" }}}}'
        for label in identity
    )
    url = choose(
        settings,
        lambda urls: f"{urls.alertmanager}/#/silences/new?filter={matchers}%7D" if urls.alertmanager else "",
    )
    return {"silence_url": url} if url else {}


def differing(settings: Settings, ask: Callable[[Settings, str], T]) -> tuple[T, list[str]]:
    """The answer for an Airflow without settings of its own, and the names for which it differs."""
    general = ask(settings, "")
    return general, [name for name in settings.airflows if ask(settings, name) != general]


def names_pattern(names: list[str]) -> str:
    """A quoted pattern for the template function `match` that fits exactly these names."""
    return _quoted("^(?:" + "|".join(re.escape(name) for name in names) + ")$")


def _quoted(text: str) -> str:
    """As a template reads it; halves of a character, as JSON writes it in ASCII, it would not."""
    return json.dumps(text, ensure_ascii=False)
