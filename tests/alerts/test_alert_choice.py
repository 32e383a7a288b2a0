"""Which alerts are built: the defaults, and what alerts.yaml switches on and off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.own_rules import settings
from windsock.errors import BadInput
from windsock_alerts import build
from windsock_alerts.choice import chosen
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings


def names(text: str = "{}") -> set[str]:
    return {alert.name for alert in build.alerts(settings(text), "platform")}


def alert(name: str, expr: str = "vector(1)", *, optional: bool = False) -> Alert:
    return Alert(
        name=name,
        expr=expr,
        severities=(Severity.TICKET,),
        team="platform",
        summary="x",
        description="x",
        when="x",
        optional=optional,
    )


def test_an_alert_can_be_switched_off() -> None:
    assert names() - names("alerts: {AirflowClockSkew: {enabled: false}}") == {"AirflowClockSkew"}


def test_optional_alerts_are_built_only_where_they_are_switched_on() -> None:
    group = Group(subject="demo", rules=(alert("Usual"), alert("Extra", optional=True)))
    assert [rule.name for rule in chosen((group,), Settings())[0].rules] == ["Usual"]  # type: ignore[union-attr]
    assert chosen((group,), settings("alerts: {Extra: {enabled: true}}")) == (group,)


def test_without_its_alerts_a_recording_is_not_made_and_an_empty_group_is_no_file() -> None:
    inner = Recording(record="airflow:inner:sum", expr="vector(1)")
    outer = Recording(record="airflow:outer:sum", expr="airflow:inner:sum")
    group = Group(subject="demo", rules=(inner, outer, alert("Reader", "airflow:outer:sum > 1")))
    assert chosen((group,), Settings()) == (group,)
    assert chosen((group,), settings("alerts: {Reader: {enabled: false}}")) == ()


def test_an_inhibitor_goes_with_the_last_alert_that_pages_for_its_problem() -> None:
    assert "AirflowSchedulerSilent" not in names("alerts: {AirflowSchedulerDown: {enabled: false}}")


def test_a_component_whose_page_is_switched_off_holds_nothing_back() -> None:
    made = settings("alerts: {AirflowApiServerDown: {enabled: false}}")
    silent = next(a for a in build.alerts(made, "platform") if a.name == "AirflowPlatformSilent")
    assert '"component", "exporter"' in silent.expr
    assert "api_server" not in silent.expr


def test_an_unknown_alert_is_named_with_its_line_and_the_nearest_ones(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text("alerts:\n  AirflowClockSkewed: {enabled: true}\n", encoding="utf-8")
    said = (
        r"alerts.yaml:2: alerts.AirflowClockSkewed: there is no such alert; did you mean AirflowClockSkew, "
    )
    with pytest.raises(BadInput, match=said):
        build.read_settings(path)


def test_every_alert_of_the_default_set_is_the_same_with_all_others_enabled() -> None:
    by_name = {rule.name: rule for rule in build.alerts(Settings(), "platform", every=True)}
    assert [rule for rule in build.alerts(Settings(), "platform") if by_name[rule.name] != rule] == []
