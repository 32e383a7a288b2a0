"""Our part inside the Alertmanager configuration of others: theirs stays as it was, in text and in effect."""

from __future__ import annotations

import difflib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from tests.alerts.rules_under_test import DEFAULT_ALERTS, OWNERS, ROOT, SETTINGS, tool
from tests.alerts.test_routing import WAYS, owners
from windsock.errors import BadInput
from windsock.yamlfile import parse
from windsock_alerts.formats import fragment, held, merge
from windsock_alerts.formats.fragment import PREFIX
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

OTHERS = ROOT / "tests" / "data" / "alertmanager" / "others.yaml"
THEIRS = OTHERS.read_text(encoding="utf-8")
LABELS = {"source": "windsock"}
WHOLE = alertmanager(SETTINGS, OWNERS, name="owners.yaml")
FRAGMENT = fragment.fragment(WHOLE, LABELS, name="alerts.yaml")
# Labels by which the configuration of others routes, with values that its matchers tell apart.
FOREIGN: list[dict[str, str]] = [
    {"alertname": "Watchdog", "severity": "none"},
    {"alertname": "InfoInhibitor", "severity": "none", "namespace": "shop-web"},
    {"alertname": "AirflowSchedulerDown", "namespace": "airflow", "severity": "critical"},
    {"alertname": "AirflowSlaBreached", "team": "finance", "severity": "page"},
    {"alertname": "SomethingElse"},
    {"alertname": "VaultSealed", "severity": "critical", "source": "vault"},
    {"alertname": "KubeNodeDown", "source": "windsock-2", "cluster": "prod-eu", "severity": "critical"},
    *(
        {"alertname": name, "severity": severity, "namespace": namespace, "service": service}
        for name, severity, namespace, service in product(
            ("Slow", "CPUThrottlingHigh"),
            ("critical", "warning", "page"),
            ("checkout", "other"),
            ("payments", "x"),
        )
    ),
    *(
        {"alertname": name, "severity": severity, "team": team, "environment": environment}
        for name, severity, team, environment in product(
            ("KafkaLag", "Late"), ("page", "critical", "ticket"), ("data", "mobile"), ("production", "test")
        )
    ),
    *(
        {"alertname": "A", "partner": p, "severity": s}
        for p, s in product(("acme", "globex"), ("page", "info", ""))
    ),
]


def receivers(config: Path, labels: dict[str, str]) -> str:
    pairs = [f"{name}={value}" for name, value in labels.items() if value]
    result = tool("amtool", "config", "routes", "test", f"--config.file={config}", *pairs)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("merged") / "alertmanager.yaml"
    path.write_text(merge.merged(THEIRS, FRAGMENT, name="others.yaml"), encoding="utf-8")
    return path


def test_the_configuration_of_others_is_as_long_as_real_ones() -> None:
    assert len(THEIRS.splitlines()) >= 300


def test_alertmanager_accepts_the_whole(merged: Path) -> None:
    for path in (OTHERS, merged):
        result = tool("amtool", "check-config", path)
        assert result.returncode == 0, result.stdout + result.stderr


def test_lines_are_added_and_none_is_changed(merged: Path) -> None:
    after = merged.read_text(encoding="utf-8").splitlines()
    changes = {line[0] for line in difflib.ndiff(THEIRS.splitlines(), after)}
    assert changes == {" ", "+"}


def test_every_alert_of_others_goes_where_it_went(merged: Path) -> None:
    for labels in FOREIGN:
        assert receivers(merged, labels) == receivers(OTHERS, labels), labels


def test_every_alert_of_ours_goes_where_it_goes_alone(merged: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_text(yaml.safe_dump(WHOLE), encoding="utf-8")
    asked = {
        (alert.name if "Sla" in alert.name else "Other", severity.value, alert.team or team)
        for alert in DEFAULT_ALERTS
        for severity in alert.severities
        for team in ("finance", "marketing", "unheard-of")
    }
    for name, severity, team in [*sorted(asked), ("Watchdog", "info", "data-platform")]:
        labels = {"alertname": name, "severity": severity, "team": team, "namespace": "shop-web"}
        expected = PREFIX + receivers(alone, labels)
        assert receivers(merged, labels | LABELS) == expected, labels


def test_times_of_others_do_not_count_for_ours() -> None:
    (route,) = FRAGMENT["route"]["routes"]
    assert {"group_by", "group_wait", "group_interval", "repeat_interval"} <= set(route)


def test_inhibitions_of_ours_touch_only_ours() -> None:
    for rule in FRAGMENT["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            assert 'source="windsock"' in rule[side]


def test_mail_needs_nothing_of_the_global_part(tmp_path: Path) -> None:
    own = parse("labels: {source: windsock}\nenvironment: demo\n", Settings, name="alerts.yaml")
    part = fragment.fragment(alertmanager(own, owners(WAYS), name="o"), LABELS, name="alerts.yaml")
    (mail,) = next(each for each in part["receivers"] if each["name"] == "windsock-finance-ticket")[
        "email_configs"
    ]
    assert mail["smarthost"] == "mail.example.org:25"
    assert mail["auth_password_file"] == "/run/s/mail"
    assert mail["require_tls"] is True
    path = tmp_path / "alertmanager.yaml"
    path.write_text(merge.merged(THEIRS, part, name="others.yaml"), encoding="utf-8")
    result = tool("amtool", "check-config", path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "windsock-business-hours-finance" in path.read_text(encoding="utf-8")


def test_a_second_merge_replaces_the_first(merged: Path) -> None:
    once = merged.read_text(encoding="utf-8")
    assert merge.merged(once, FRAGMENT, name="x") == once
    other = {**FRAGMENT, "inhibit_rules": FRAGMENT["inhibit_rules"][:1]}
    assert merge.merged(once, other, name="x") == merge.merged(THEIRS, other, name="x")


def test_without_a_label_of_our_own_it_is_refused() -> None:
    with pytest.raises(BadInput, match=r"alerts\.yaml: labels: is missing;.*labels: \{source: windsock\}"):
        fragment.fragment(WHOLE, {}, name="alerts.yaml")


SMALL = "route:\n  receiver: a\nreceivers:\n- name: a\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("groups: []\n", "x:1: route: is missing; this is no Alertmanager", id="another file"),
        pytest.param("a: [\n", "x:2: not valid YAML", id="no YAML"),
        pytest.param(
            "route: {receiver: a}\nreceivers: [{name: a}]\n", "x:1: route: write it with one", id="flow"
        ),
        pytest.param(SMALL + "inhibit_rules: []\n", "x:5: inhibit_rules: write it with one", id="empty list"),
        pytest.param(
            SMALL.replace("- name: a", "- name: windsock-nobody\n- name: a"),
            "windsock-nobody is there already",
            id="added by hand",
        ),
        pytest.param(
            SMALL.replace(
                "receiver: a", "receiver: a\n  routes: \n  - matchers: ['source = \"windsock\"']", 1
            ),
            'source = "windsock" is routed there already',
            id="label taken",
        ),
    ],
)
def test_what_cannot_be_merged_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        merge.merged(text, FRAGMENT, name="x")


def test_lists_that_are_missing_are_made() -> None:
    data = yaml.safe_load(merge.merged(SMALL, FRAGMENT, name="x"))
    assert data["route"]["receiver"] == "a"
    assert data["route"]["routes"] == FRAGMENT["route"]["routes"]
    assert data["receivers"][-1] == {"name": "a"}
    assert data["inhibit_rules"] == FRAGMENT["inhibit_rules"]


def test_line_ends_of_others_are_kept() -> None:
    found = merge.merged(SMALL.replace("\n", "\r\n"), FRAGMENT, name="x")
    assert found.count("\r\n") == found.count("\n")
    assert yaml.safe_load(found) == yaml.safe_load(merge.merged(SMALL, FRAGMENT, name="x"))


# Names as people write them, some of which YAML would read as something else without quotes.
NAME = st.sampled_from(["a", "null", "1", "on", "ops: page", "#chat", "é", "x y"])
ROUTE = st.recursive(
    st.fixed_dictionaries(
        {"receiver": NAME, "matchers": st.lists(st.sampled_from(['a="b"', "c!~'d|e'"]), min_size=1)}
    ),
    lambda inner: st.fixed_dictionaries(
        {"receiver": NAME, "routes": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=4,
)


@given(
    routes=st.none() | st.lists(ROUTE, min_size=1, max_size=3),
    inhibits=st.booleans(),
    indented=st.booleans(),
    comment=st.sampled_from(["", "# windsock\n", "\n\n", "# a: [\n"]),
)
@hypothesis(max_examples=25, deadline=None)
def test_whatever_others_wrote_is_there_afterwards(
    routes: list[dict[str, Any]] | None, inhibits: bool, indented: bool, comment: str
) -> None:
    config: dict[str, Any] = {
        "route": {"receiver": "a", **({"routes": routes} if routes else {}), "group_by": ["x"]},
        "receivers": [{"name": "a"}],
        **({"inhibit_rules": [{"equal": ["x"]}]} if inhibits else {}),
    }
    text = comment + yaml.safe_dump(
        config, sort_keys=False, indent=4 if indented else 2, default_flow_style=False
    )
    found = merge.merged(text, FRAGMENT, name="x")
    rest = [line for line in difflib.ndiff(text.splitlines(), found.splitlines()) if line[0] in "-?"]
    assert rest == []
    data = yaml.safe_load(found)
    assert data["route"].get("routes", [])[1:] == (routes or [])
    assert data["receivers"][-1] == {"name": "a"}


def test_inhibitions_of_others_that_may_hold_ours_back_are_told() -> None:
    settings = SETTINGS.model_copy(update={"labels": LABELS})
    lines = held.held(yaml.safe_load(THEIRS), DEFAULT_ALERTS, settings)
    rules = [line.split()[0] for line in lines]
    # The two usual ones with `alertname` among `equal`, and those about clusters or other alerts, never do.
    assert rules == ["inhibit_rules.2", "inhibit_rules.5"]
    assert 'alertname="InfoInhibitor" holds back severity="info"' in lines[0]


@pytest.mark.parametrize(
    ("matchers", "reaches"),
    [
        pytest.param(['severity="info"', 'source!="windsock"'], False, id="ours are excepted"),
        pytest.param(["severity = page"], True, id="without quotes"),
        pytest.param(
            ['{severity=~"pa.*", team="x"}'], True, id="several in braces, a team that only DAGs know"
        ),
        pytest.param(['severity="critical"'], False, id="a severity that we do not have"),
        pytest.param(['severity=~"("'], True, id="what cannot be read may match"),
        pytest.param(['cluster="eu"'], False, id="a label that we do not have"),
        pytest.param(['cluster!="eu"'], True, id="without a label that we do not have"),
    ],
)
def test_a_target_reaches_ours(matchers: list[str], reaches: bool) -> None:
    settings = SETTINGS.model_copy(update={"labels": LABELS})
    config = {"inhibit_rules": [{"source_matchers": ["a=b"], "target_matchers": matchers, "equal": []}]}
    assert bool(held.held(config, DEFAULT_ALERTS, settings)) == reaches
