"""alerts.yaml: thresholds, expected components, base URLs and environments reach the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.own_rules import settings
from tests.alerts.rules_under_test import ROOT, tool
from windsock.artifact import to_yaml
from windsock.errors import BadInput
from windsock_alerts import build, depends, durations, schema
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import OF_ALL, Thresholds

RENDERED = schema.render(build.alerts(Settings(), "platform", every=True))
OVERDUE = "AirflowDagOverdue"
OFF = "{enabled: false}"
SCHEMA = jsonschema.Draft202012Validator(json.loads(RENDERED))


def rule(name: str, text: str) -> dict[str, Any]:
    made = settings(text)
    alert: Alert = next(alert for alert in build.alerts(made, "platform") if alert.name == name)
    return alert.render(made)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45s"), (600, "10m"), (7.5, "7500ms"), (604800, "7d"), (0, "0s"), (100 / 6, "16667ms")],
)
def test_durations_are_written_exactly(seconds: float, text: str) -> None:
    assert durations.prometheus(seconds) == text


@pytest.mark.parametrize("text", ["45", "1 h", "-5m", "", "5x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"alerts.yaml:1: thresholds.dag_overdue: .* is not a duration"):
        settings(f"thresholds: {{dag_overdue: '{text}'}}")


def test_an_unknown_threshold_is_named_with_its_line() -> None:
    with pytest.raises(
        BadInput, match=r"alerts.yaml:2: thresholds.dag_overdu: unknown key; did you mean dag_overdue"
    ):
        settings("thresholds:\n  dag_overdu: 5m")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{component_silent: 2m}", "sla_breached must be above component_silent", id="late"),
        pytest.param("{queue_stuck: 40s}", "queue_stuck must be above component_silent", id="early"),
        pytest.param("{keep_firing: 5m}", "keep_firing must be above recovery_grace", id="orphans"),
    ],
)
def test_thresholds_that_break_inhibition_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=f"alerts.yaml:1: thresholds: {said}"):
        settings(f"thresholds: {text}")


def checked(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "alerts.yaml"
    path.write_text(text, encoding="utf-8")
    return build.read_settings(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "thresholds: {dag_overdue: 900}",
            "1: thresholds.dag_overdue: '900' is not a duration; write e.g. 15s",
        ),
        (
            "thresholds: {many_overdue_share: 5}",
            "1: thresholds.many_overdue_share: input should be less than",
        ),
        (
            "alerts:\n  AirflowDagOverdu: {enabled: false}",
            "2: alerts.AirflowDagOverdu: there is no such alert; did",
        ),
        (
            "alerts: {AirflowDagOverdue: {severity: critical}}",
            "1: alerts.AirflowDagOverdue.severity: input should be 'page', 'ticket' or 'info'",
        ),
        (
            "alerts: {AirflowDagOverdue: {sevrity: page}}",
            "1: alerts.AirflowDagOverdue.sevrity: unknown key; did you mean severity? (known: enabled, ",
        ),
        (
            "alerts: {AirflowDagOverdue: {hold: 5m}}",
            f"1: alerts.{OVERDUE}.hold: its time is part of its condition: change dag_overdue or keep_firing",
        ),
        (
            "alerts: {AirflowSchedulerSilent: {enabled: false}}",
            "1: alerts.AirflowSchedulerSilent: it holds others back and reaches nobody",
        ),
        (
            "alerts: {AirflowSlaBreached: {severity: info}}",
            "1: alerts.AirflowSlaBreached.severity: the severity of an SLA stands in slas.yaml",
        ),
        (
            "airflows: {dev: {alerts: {Watchdog: {enabled: false}}}}",
            "1: airflows.dev.alerts.Watchdog: it is not about one Airflow: say it in alerts",
        ),
        (
            'airflows: {"": {environment: demo}}',
            "1: airflows.: an Airflow is named by the value of its label",
        ),
        (r'airflows: {"\ud83d": {environment: demo}}', r"1: airflows.\ud83d: an Airflow is named by"),
        ("airflows: {dev: {thresholds: {watching: 1h}}}", "1: airflows.dev.thresholds.watching: unknown key"),
        (
            "airflows:\n  dev:\n    thresholds:\n      component_silent: 2m",
            "3: airflows.dev.thresholds: sla_breached must be above component_silent",
        ),
        (
            "airflows: {dev: {environment: test}}",
            "1: airflows.dev.environment: input should be 'production', 'staging' or 'demo'",
        ),
        ("dags: [{thresholds: {dag_overdue: 1h}}]", "1: dags.0: says of no DAG: give dag, tag, team or tier"),
        ("dags: [{dag: x}]", "1: dags.0: says nothing: give thresholds or alerts"),
        (
            "dags: [{dag: x, thresholds: {queue_stuck: 1h}}]",
            "1: dags.0.thresholds.queue_stuck: unknown key (known: ",
        ),
        (
            "dags: [{dag: x, thresholds: {dag_overdue: 30s}}]",
            "1: dags.0.thresholds.dag_overdue: must be above 45s",
        ),
        (
            "dags: [{dag: x, thresholds: {failures_in_a_row: 0}}]",
            "1: dags.0.thresholds.failures_in_a_row: input should be greater",
        ),
        (
            "dags: [{dag: x, alerts: {AirflowDagOverdue: {}}}]",
            "1: dags.0.alerts.AirflowDagOverdue: give a severity (page, ticket, info), or enabled: false",
        ),
        (
            "dags:\n- dag: x\n  alerts: {AirflowQueueStuck: {severity: info}}",
            "3: dags.0.alerts.AirflowQueueStuck: its severity is not by DAG; that of AirflowDagOverdue, ",
        ),
        (
            f"alerts: {{{OVERDUE}: {{enabled: false}}}}\ndags: [{{dag: x, alerts: {{{OVERDUE}: {OFF}}}}}]",
            "2: dags.0.alerts.AirflowDagOverdue: it is not built",
        ),
        ("urls: {windsock: 'https://x/{{ y }}'}", "1: urls.windsock: 'https://x/{{ y }}' is not a base URL"),
        ("urls: {grafana: grafana.example.org}", "1: urls.grafana: 'grafana.example.org' is not a base URL"),
        ("jobs: {statsd: 'a\"b'}", "1: jobs.statsd: string should match pattern"),
        ("[1]", "1: the file: expected a mapping with the keys urls, environment"),
        ("alerts: {", "1: not valid YAML"),
    ],
)
def test_a_mistake_names_file_line_key_and_what_is_valid(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as found:
        checked(tmp_path, text)
    assert str(found.value).startswith(f"{tmp_path}/alerts.yaml:{said}")
    assert "\n" not in str(found.value)


_KEYS = st.sampled_from(
    [
        *Settings.model_fields,
        *Thresholds.model_fields,
        OVERDUE,
        "dag",
        "tag",
        "enabled",
        "severity",
        "dev",
        "ü",
    ]
)
_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(["5m", "", "page", "x", "{{", "\U0001f6ab"])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


def refused(path: Path) -> str | None:
    """What is wrong with the file; None if rules can be made of it."""
    try:
        made = build.read_settings(path)
    except BadInput as error:
        return str(error)
    assert build.groups(made, "platform")
    return None


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_whatever_stands_in_the_file_it_is_read_or_refused_in_one_line(data: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "alerts.yaml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        said = refused(path)
        assert said is None or (said.startswith(f"{path}:") and "\n" not in said)


def test_the_first_mistake_of_the_file_is_told(tmp_path: Path) -> None:
    text = "dags:\n  - {dag: x, alerts: {Nonsense: {severity: info}}}\nalerts:\n  Nonsense: {enabled: true}\n"
    with pytest.raises(BadInput, match=r"alerts.yaml:2: dags.0.alerts.Nonsense: there is no such alert"):
        checked(tmp_path, text)


def test_every_severity_and_hold_of_its_own_reaches_the_rule() -> None:
    made = rule("AirflowPoolExhausted", "alerts: {AirflowPoolExhausted: {severity: page, hold: 1h}}")
    assert (made["labels"]["severity"], made["for"]) == ("page", "1h")
    made = rule("AirflowApiServerDown", "alerts: {AirflowApiServerDown: {severity: page}}")
    assert made["labels"]["severity"] == "page"


def test_the_example_of_the_documentation_is_a_good_file(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    example = next(each for each in text.split("```yaml\n")[1:] if each.startswith("urls:")).split("```")[0]
    made = checked(tmp_path, example)
    assert made.dags[0].subject == "tier 1"
    SCHEMA.validate(yaml.safe_load(example))


def test_the_schema_for_editors_says_what_the_reader_says() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(RENDERED))
    assert (ROOT / schema.PATH).read_text(encoding="utf-8") == RENDERED
    SCHEMA.validate(yaml.safe_load((ROOT / "demo" / "alerts.yaml").read_text(encoding="utf-8")))
    wrong = (
        "thresholds: {dag_overdue: 900}",
        "alerts: {Nonsense: {}}",
        "alerts: {AirflowSchedulerSilent: {enabled: false}}",
        "dags: [{thresholds: {}}]",
        "dags: [{dag: x, alerts: {AirflowQueueStuck: {severity: info}}}]",
        "airflows: {dev: {thresholds: {page_repeat: 1h}}}",
    )
    assert [text for text in wrong if SCHEMA.is_valid(yaml.safe_load(text))] == []


def test_every_key_and_threshold_is_described() -> None:
    found = json.loads(RENDERED)
    models = {"Settings": found, **found["$defs"]}
    keys = {
        f"{model}.{name}": key
        for model, each in models.items()
        for name, key in each.get("properties", {}).items()
    }
    assert [name for name, key in keys.items() if "description" not in key] == []


def test_every_threshold_decides_about_an_alert_or_belongs_to_alertmanager() -> None:
    used = {name for names in depends.uses(build.every).values() for name in names}
    routing = {name for name in OF_ALL if name != "watching"}
    assert set(Thresholds.model_fields) == used | routing


def test_an_airflow_may_have_every_threshold_that_changes_a_rule_about_one_airflow() -> None:
    by_name = {alert.name: alert for alert in build.alerts(Settings(), "platform", every=True)}
    global_only = {
        name
        for alert, names in depends.uses(build.every).items()
        for name in names
        if "airflow" not in by_name[alert].identity
    }
    assert global_only <= set(OF_ALL)


def test_a_threshold_reaches_its_rule() -> None:
    made = settings("thresholds: {dag_overdue: 1h}")
    assert "> 3600" in json.dumps([group.render(made) for group in build.groups(made, "platform")])


def test_the_time_factor_divides_holds_and_thresholds_but_keeps_heartbeats_plausible() -> None:
    fast = settings("{}").divided(6)
    assert fast.thresholds.component_crashed == 30
    assert fast.thresholds.keep_firing == 100
    assert fast.thresholds.component_silent == 20
    assert fast.thresholds.memory == 604800
    assert fast.thresholds.sla_breached > fast.thresholds.component_silent


def test_the_time_factor_leaves_components_the_time_to_start_and_alerts_the_time_to_resolve() -> None:
    fast = settings("{}").divided(10).thresholds
    assert fast.recovery_grace == 45
    assert fast.keep_firing == fast.recovery_grace + fast.group_interval + 1


def test_rules_with_a_time_factor_are_valid(tmp_path: Any) -> None:
    fast = settings("{}").divided(7)
    for group in build.groups(fast, "platform", every=True):
        path = tmp_path / f"{group.subject}.yaml"
        path.write_text(to_yaml(group.render(fast)), encoding="utf-8")
        assert tool("promtool", "check", "rules", path).returncode == 0


def test_a_component_set_to_zero_is_not_expected() -> None:
    everywhere = rule("AirflowDagProcessorDown", "expected_components: {dag_processor: 0}")
    assert "< 0" in everywhere["expr"]
    one = rule("AirflowDagProcessorDown", "airflows: {dev: {expected_components: {dag_processor: 0}}}")
    assert 'airflow!~"dev"' in one["expr"]


def test_a_listed_component_is_expected_even_if_never_seen() -> None:
    listed = rule("AirflowDagProcessorDown", "airflows: {prod: {expected_components: {dag_processor: 1}}}")
    assert 'airflow_metadb_up{airflow=~"prod"} offset 10m' in listed["expr"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        pytest.param("{}", "page", id="production"),
        pytest.param("environment: staging", "ticket", id="staging"),
        pytest.param(
            "airflows: {dev: {environment: staging}}",
            '{{ if match "^(?:dev)$" $labels.airflow }}ticket{{ else }}page{{ end }}',
            id="one is staging",
        ),
        pytest.param(
            "{environment: staging, airflows: {prod: {environment: production}}}",
            '{{ if match "^(?:prod)$" $labels.airflow }}page{{ else }}ticket{{ end }}',
            id="all but one are staging",
        ),
    ],
)
def test_staging_pages_nobody(text: str, severity: str) -> None:
    assert rule("AirflowSchedulerDown", text)["labels"]["severity"] == severity


def test_staging_caps_the_severity_that_an_sla_asks_for() -> None:
    assert rule("AirflowSlaBreached", "environment: staging")["labels"]["severity"] == (
        '{{ if eq $labels.severity "page" }}ticket{{ else }}{{ $labels.severity }}{{ end }}'
    )


def test_each_airflow_may_have_its_own_links() -> None:
    text = """
    airflows:
      eu: {urls: {windsock: "https://eu.example.org/"}}
    """
    url = rule("AirflowSchedulerDown", text)["annotations"]["runbook_url"]
    assert re.match(
        r'\{\{ if eq \$labels.airflow "eu" \}\}https://eu.example.org/runbooks/AirflowSchedulerDown'
        r"\{\{ else \}\}http://127.0.0.1:9112/runbooks/AirflowSchedulerDown\{\{ end \}\}$",
        url,
    )


def test_a_busy_queue_can_be_left_out() -> None:
    made = settings("ignore_queues: [heavy]")
    assert 'queue!~\\"heavy\\"' in json.dumps(
        [group.render(made) for group in build.groups(made, "platform")]
    )


def test_a_webhook_gets_a_link_to_the_silence_of_just_this_alert(tmp_path: Any) -> None:
    text = "urls: {alertmanager: https://am.example.org/}"
    assert "silence_url" not in rule("AirflowDagOverdue", "{}")["annotations"]
    quoted = '{{{{ printf "%q" $labels.{} | urlquery | reReplaceAll "[+]" "%20" }}}}'.format
    assert rule("AirflowDagOverdue", text)["annotations"]["silence_url"] == (
        "https://am.example.org/#/silences/new?filter=%7Balertname%3D%22AirflowDagOverdue%22"
        f"%2Cairflow%3D{quoted('airflow')}%2Cdag_id%3D{quoted('dag_id')}%7D"
    )
    made = settings(text)
    for group in build.groups(made, "platform"):
        path = tmp_path / f"{group.subject}.yaml"
        path.write_text(to_yaml(group.render(made)), encoding="utf-8")
    assert tool("promtool", "check", "rules", *tmp_path.glob("*.yaml")).returncode == 0
