"""The target label that says which Airflow it is: `airflow`, unless the user calls it otherwise.

Inside of Windsock it is always `airflow`. What leaves for Prometheus and Alertmanager gets the user's name
here, and what comes from there gets ours again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

USUAL = "airflow"
# Of a PromQL expression: strings, names with their colons, all else one by one.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*|\s+|.', re.DOTALL)
_QUOTED = f'"{USUAL}"'
# Where a template reads the label, and where it asks Prometheus.
_FIELD = re.compile(rf"(\$labels|\.(?:Common|Group)?Labels)\.{USUAL}\b")
_QUERY = re.compile(r"`[^`]*`")
# In the address of a silence.
_MATCHER = re.compile(rf"(?<=%2C){USUAL}(?=%3D)")
# Lists of label names in routes and inhibitions.
_NAMES = ("group_by", "equal")


def in_expr(expr: str, label: str) -> str:
    """A PromQL expression of ours with the user's label: in selectors, groupings and `label_replace`."""
    if label == USUAL:
        return expr
    tokens: list[str] = _TOKEN.findall(expr)
    meant = [place for place, token in enumerate(tokens) if not token.isspace()]
    for at, place in enumerate(meant):
        near = [tokens[meant[at + step]] if 0 <= at + step < len(meant) else "" for step in (-2, -1, 1)]
        # The label that `label_replace` sets comes after an expression, its value after a string.
        if tokens[place] == USUAL or (
            tokens[place] == _QUOTED and near[1:] == [",", ","] and not near[0].startswith('"')
        ):
            tokens[place] = tokens[place].replace(USUAL, label)
    return "".join(tokens)


def in_template(text: str, label: str) -> str:
    """An annotation or a message with the user's label; dashboards call their variable `airflow`."""
    if label == USUAL:
        return text
    text = _FIELD.sub(rf"\g<1>.{label}", text)
    text = _QUERY.sub(lambda query: in_expr(query[0], label), text)
    return _MATCHER.sub(label, text)


def in_rule(rule: dict[str, Any], label: str) -> dict[str, Any]:
    """A rule as Prometheus reads it."""
    if label == USUAL:
        return rule
    texts: dict[str, Any] = {
        part: {name: in_template(text, label) for name, text in rule[part].items()}
        for part in ("labels", "annotations")
        if part in rule
    }
    return {**rule, "expr": in_expr(rule["expr"], label), **texts}


def in_routes(config: Any, label: str) -> Any:
    """A configuration of Alertmanager, or a part of it."""
    if label == USUAL:
        return config
    if isinstance(config, str):
        return in_template(config, label)
    if isinstance(config, list):
        return [in_routes(each, label) for each in config]
    if isinstance(config, dict):
        return {
            key: [label if name == USUAL else name for name in value]
            if key in _NAMES
            else in_routes(value, label)
            for key, value in config.items()
        }
    return config


def in_matcher(text: str, label: str) -> str:
    """A matcher such as `airflow="prod"`."""
    return re.sub(rf"^{USUAL}(?=[=!])", label, text)


def in_silence(body: Mapping[str, Any], label: str) -> dict[str, Any]:
    """A silence with its matchers."""
    return {
        **body,
        "matchers": [each | {"name": _swap(each["name"], USUAL, label)} for each in body["matchers"]],
    }


def ours(labels: Mapping[str, str], label: str) -> dict[str, str]:
    """Labels that came from outside, with our name for the user's."""
    if label == USUAL:
        return dict(labels)
    return {_swap(name, label, USUAL): value for name, value in labels.items()}


def our_silence(found: Mapping[str, Any], label: str) -> dict[str, Any]:
    """A silence that came from outside."""
    return {
        **found,
        "matchers": [each | {"name": _swap(each["name"], label, USUAL)} for each in found["matchers"]],
    }


def _swap(name: str, old: str, new: str) -> str:
    return new if name == old else name
