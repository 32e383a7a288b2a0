"""Kubernetes and the Prometheus operator take every object that we write; no key is unknown to them."""

from __future__ import annotations

import pytest

from tests.alerts.rules_under_test import GROUPS, SETTINGS
from tests.alerts.test_formats import UTC, real, source
from tests.support.kubernetes import objects, problems
from windsock_alerts.formats import files, prometheusrule
from windsock_alerts.formats.manifest import Place


def test_the_operator_takes_every_alert_as_a_rule() -> None:
    place = Place(namespace="monitoring", labels={"release": "x"})
    for each in objects(prometheusrule.text(GROUPS, SETTINGS, place)):
        assert problems(each) == []


def test_the_operator_takes_routes_receivers_and_hours() -> None:
    (text,) = files.files(["alertmanagerconfig"], source(**real(UTC))).values()
    (found,) = objects(text)
    assert problems(found) == []
    assert found["spec"]["muteTimeIntervals"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"apiVersion": "v1", "kind": "Service", "spec": {"port": []}}, "port"),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": "x"}}, "replicas"),
        (
            {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": {"rules": []}},
            "rules",
        ),
    ],
)
def test_a_key_that_does_not_exist_is_found(broken: dict[str, object], said: str) -> None:
    assert any(said in line for line in problems(broken))
