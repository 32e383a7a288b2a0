"""`windsock alerts build --format …`: the same rules and routes as other programs read them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.alerts.rules_under_test import GENERATED, GROUPS, OWNERS, ROOT, SETTINGS, tool
from tests.alerts.test_routing import REAL_URLS, WAYS
from windsock.cli import alerts as cli
from windsock.errors import BadInput
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.formats import files as forms
from windsock_alerts.formats import mimir
from windsock_alerts.formats.manifest import Place
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings

OTHERS = ROOT / "tests" / "data" / "alertmanager" / "others.yaml"


def windsock(out: Path, *arguments: str, alerts: str = "labels: {source: windsock}\n") -> Any:
    settings = out.parent / "alerts.yaml"
    settings.write_text(f"environment: demo\n{alerts}", encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("windsock")),
        *("alerts", "build", f"--alerts-file={settings}", f"--owners-file={ROOT / 'demo' / 'owners.yaml'}"),
        *(f"--out={out}", *arguments),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def rules(text: str) -> list[Any]:
    """The rules of a file of any format, in order."""
    return list(_rules(list(yaml.safe_load_all(text))))


def _rules(found: Any) -> Iterator[Any]:
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        if key == "rules":
            yield from value
        elif isinstance(value, dict | list):
            yield from _rules(value)


def source(settings: Settings = SETTINGS, **more: Any) -> forms.Source:
    given: dict[str, Any] = {"place": Place(), "demo": True, "owners": OWNERS} | more
    return forms.Source(settings=settings, alerts_file="alerts.yaml", owners_file="owners.yaml", **given)


def test_the_command_offers_every_format() -> None:
    option = next(each for each in cli.build.params if each.name == "formats")
    assert tuple(option.type.choices) == forms.FORMATS  # type: ignore[attr-defined]


def test_every_format_has_the_same_rules() -> None:
    plain = [
        rule for path in sorted(GENERATED.glob("*.rules.yaml")) for rule in rules(path.read_text("utf-8"))
    ]
    for each in ("prometheusrule", "mimir"):
        (text,) = forms.files([each], source()).values()
        assert sorted(map(repr, rules(text))) == sorted(map(repr, plain)), each


def test_mimir_takes_every_group_and_promtool_what_is_in_it(tmp_path: Path) -> None:
    text = mimir.text(GROUPS, SETTINGS)
    data = yaml.safe_load(text)
    assert data["namespace"] == "windsock"
    assert max(len(group["rules"]) for group in data["groups"]) <= mimir.MOST_RULES
    assert len({group["name"] for group in data["groups"]}) == len(data["groups"])
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": data["groups"]}), encoding="utf-8")
    result = tool("promtool", "check", "rules", "--lint=all", "--lint-fatal", path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_group_too_long_for_mimir_becomes_two() -> None:
    rule = next(rule for group in GROUPS for rule in group.rules if isinstance(rule, Alert))
    long = type(GROUPS[0])(subject="long", rules=(rule,) * 45)
    groups = yaml.safe_load(mimir.text([long], SETTINGS))["groups"]
    assert [(group["name"], len(group["rules"])) for group in groups] == [
        ("windsock-long", 20),
        ("windsock-long-2", 20),
        ("windsock-long-3", 5),
    ]


def test_labels_of_the_settings_are_on_every_alert_and_change_no_condition() -> None:
    own = SETTINGS.model_copy(update={"labels": {"source": "windsock", "namespace": "airflow"}})
    for alert in build.alerts(SETTINGS, "platform", every=True):
        plain, labelled = alert.render(SETTINGS), alert.render(own)
        assert labelled["labels"] == plain.get("labels", {}) | own.labels, alert.name
        assert {**labelled, "labels": None} == {**plain, "labels": None}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (
            "{team: x}",
            "alerts.yaml:1: labels.team: it has a meaning of its own; take none of airflow, alertname",
        ),
        ("{dag_id: x}", "labels.dag_id: it has a meaning of its own"),
        ("{a-b: x}", "labels.a-b"),
        ('{a: "x\\"y"}', "labels.a"),
        ('{a: ""}', "labels.a"),
    ],
)
def test_labels_that_cannot_be_are_refused(tmp_path: Path, labels: str, said: str) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text(f"labels: {labels}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        build.read_settings(path)


def test_one_command_writes_several_formats_and_warns_of_inhibitions(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = windsock(
        out,
        *("--format=prometheusrule", "--format=alertmanager-fragment", f"--into={OTHERS}"),
        *("--namespace=monitoring", "--object-label=release=stack"),
    )
    assert result.returncode == 0, result.stderr
    assert sorted(each.name for each in out.iterdir()) == [
        "alertmanager-merged.yaml",
        "windsock.prometheusrules.yaml",
    ]
    first = next(yaml.safe_load_all((out / "windsock.prometheusrules.yaml").read_text("utf-8")))
    assert first["metadata"] == {
        "name": "windsock-inhibitors",
        "namespace": "monitoring",
        "labels": {"app.kubernetes.io/part-of": "windsock", "release": "stack"},
    }
    assert f"warning: {OTHERS}: inhibit_rules.2 (" in result.stderr
    assert "inhibit_rules.0" not in result.stderr


def test_without_into_the_fragment_says_where_it_belongs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert windsock(out, "--format=alertmanager-fragment").returncode == 0
    text = (out / "alertmanager-fragment.yaml").read_text("utf-8")
    assert "the route stands first in `route.routes`" in text
    assert list(yaml.safe_load(text)) == ["route", "receivers", "inhibit_rules"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--format=helm"], 2, "'rules', 'prometheusrule', 'mimir', 'alertmanager', 'alertmanager-fragment'"),
        (["--into=x"], 2, "--into needs --format alertmanager-fragment"),
        (["--format=alertmanager-fragment", "--into=/nowhere"], 1, "--into: /nowhere: cannot be read"),
        (["--object-label=x"], 1, "--object-label x: expected NAME=VALUE"),
    ],
)
def test_wrong_options_name_the_choices(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    result = windsock(tmp_path / "out", *arguments)
    assert result.returncode == code
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()


def real(text: str) -> dict[str, Any]:
    """Settings and owners in earnest, whose secrets are where the operator mounts Secrets."""
    return {
        "settings": parse(f"{REAL_URLS}\nlabels: {{namespace: airflow}}", Settings, name="alerts.yaml"),
        "owners": parse(text, type(OWNERS), name="owners.yaml"),
        "demo": False,
    }


UTC = WAYS.replace("Europe/Berlin", "UTC").replace("Asia/Kolkata", "UTC")


def test_secrets_become_references_to_secrets() -> None:
    (text,) = forms.files(["alertmanagerconfig"], source(**real(UTC))).values()
    receivers = {each["name"]: each for each in yaml.safe_load(text)["spec"]["receivers"]}
    page = receivers["windsock-default-page"]
    assert page["pagerdutyConfigs"][0]["routingKey"] == {"name": "s", "key": "pd"}
    assert page["webhookConfigs"][0]["httpConfig"] == {
        "authorization": {"credentials": {"name": "s", "key": "token"}}
    }
    assert page["emailConfigs"][0]["authPassword"] == {"name": "s", "key": "mail"}
    assert "_file" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WAYS, "owners.yaml: business_hours: an AlertmanagerConfig knows no time zone but UTC"),
        (UTC.replace("/run/s/pd", "key"), "owners.yaml: key names no Secret; .* <name of the Secret>/<key>"),
    ],
)
def test_what_the_operator_cannot_say_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        forms.files(["alertmanagerconfig"], source(**real(text)))


def test_the_operators_own_matcher_is_told_unless_our_alerts_fit_it() -> None:
    made = real(UTC)
    fits = source(**made, place=Place(namespace="airflow"))
    assert forms.warnings(["alertmanagerconfig"], fits) == []
    (said,) = forms.warnings(["alertmanagerconfig"], source(**made, place=Place(namespace="other")))
    assert 'matcher namespace="other"' in said
    assert "labels: {namespace: other}" in said
