"""What inhibitions of others may hold back of ours: said before it happens, changed by nobody but them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from windsock.receivers import CHANNELS
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings

_MATCHER = re.compile(r'\s*"?(?P<name>\w+)"?\s*(?P<how>=~|!~|!=|=)\s*(?P<value>"(?:[^"\\]|\\.)*"|[^",}]*)\s*')


def held(config: Mapping[str, Any], alerts: Iterable[Alert], settings: Settings) -> list[str]:
    """One line for each rule of others that may hold an alert of ours back.

    Args:
        config: the configuration of others.
        alerts: ours, as they are built.
        settings: for their labels.
    """
    known = [(each.name, labels) for each in alerts if each.routed for labels in _labels(each, settings)]
    found = []
    for number, rule in enumerate(config.get("inhibit_rules") or ()):
        names = list(dict.fromkeys(name for name, labels in known if _reaches(rule, labels)))
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            found.append(
                f"inhibit_rules.{number} ({', '.join(_texts(rule, 'source'))} holds back "
                f"{', '.join(_texts(rule, 'target'))}) may hold back {', '.join(names[:3])}{more}"
            )
    return found


def _labels(alert: Alert, settings: Settings) -> Iterator[dict[str, str | None]]:
    """The alert's labels for each severity; None is a value that only its DAG or SLA knows."""
    unknown = dict.fromkeys((*alert.identity, *(() if alert.team else ("team",))))
    fixed = {"alertname": alert.name, **({"team": alert.team} if alert.team else {}), **settings.labels}
    for severity in alert.severities:
        yield {**unknown, **fixed, "severity": severity.value}


def _reaches(rule: Mapping[str, Any], labels: Mapping[str, str | None]) -> bool:
    if not _may_match(_texts(rule, "target"), labels):
        return False
    # No alert of others has the name of ours, so only ours could be the source.
    sources = [{**labels, "severity": severity} for severity in CHANNELS]
    return "alertname" not in (rule.get("equal") or ()) or any(
        _may_match(_texts(rule, "source"), source) for source in sources
    )


def _texts(rule: Mapping[str, Any], side: str) -> list[str]:
    old = [f'{name}="{value}"' for name, value in (rule.get(f"{side}_match") or {}).items()]
    old += [f'{name}=~"{value}"' for name, value in (rule.get(f"{side}_match_re") or {}).items()]
    return [*old, *(str(each) for each in rule.get(f"{side}_matchers") or ())]


def _may_match(texts: Iterable[str], labels: Mapping[str, str | None]) -> bool:
    """Whether an alert could match; what cannot be read could."""
    for text in texts:
        for match in _MATCHER.finditer(text.strip("{} ")):
            name, how, value = match["name"], match["how"], match["value"].strip('"')
            own = labels.get(name, "")
            if own is None:
                continue
            try:
                equal = bool(re.fullmatch(value, own)) if "~" in how else own == value
            except re.error:
                continue
            if equal == how.startswith("!"):
                return False
    return True
