"""`deploy/kubernetes/`: what Kubernetes and the operator take, and what fits together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.kubernetes import objects, problems
from windsock import owners, sla
from windsock.catalog import METRICS
from windsock.cli.serve import serve
from windsock.deploy.kubernetes import chart, exporter, files, monitors, statsd
from windsock.deploy.kubernetes.objects import selector
from windsock.statsd.airflow_config import Target, settings
from windsock.statsd.options import Options
from windsock_alerts import build
from windsock_alerts.settings import Settings

FOLDER = Path(__file__).parents[2] / files.FOLDER
BASE = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
ALL = [each for name in BASE["resources"] for each in objects((FOLDER / name).read_text(encoding="utf-8"))]
NAMED = [pytest.param(each, id=f"{each['kind']} {each['metadata']['name']}") for each in ALL]
# Made by whoever installs it: it holds a password.
THEIRS = {("Secret", exporter.DATABASE)}
# Labels that Prometheus and the operator give to every target.
OF_TARGETS = {"job", "instance", "airflow", "namespace", "service", "pod", "container", "endpoint"}


def of(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in ALL if each["kind"] == kind}


@pytest.mark.parametrize("found", NAMED)
def test_kubernetes_takes_it(found: dict[str, Any]) -> None:
    assert problems(found) == []


def test_no_object_is_there_twice() -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in ALL]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", list(of("Deployment")))
def test_a_process_may_do_as_little_as_possible(name: str) -> None:
    pod = of("Deployment")[name]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for each in pod["containers"]:
        assert each["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert each["resources"]["limits"]["memory"]
        assert each["resources"]["requests"]
        assert each["readinessProbe"]["httpGet"]["path"] == "/-/ready"
        assert each["livenessProbe"]["httpGet"]["path"] == "/-/healthy"


@pytest.mark.parametrize("name", list(of("Deployment")))
def test_every_volume_is_of_something_that_is_there(name: str) -> None:
    pod = of("Deployment")[name]["spec"]["template"]["spec"]
    known = {(each["kind"], each["metadata"]["name"]) for each in ALL} | THEIRS
    for volume in pod["volumes"]:
        kind, key = next(
            (kind, key)
            for field, kind, key in (
                ("configMap", "ConfigMap", "name"),
                ("secret", "Secret", "secretName"),
                ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
            )
            if field in volume
            for key in [volume[field][key]]
        )
        assert (kind, key) in known
    mounted = {each["name"] for container in pod["containers"] for each in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_a_service_a_policy_and_a_monitor_find_their_pods() -> None:
    for name, deployment in of("Deployment").items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert selector(name).items() <= labels.items()
        assert of("Service")[name]["spec"]["selector"] == selector(name)
        assert of("NetworkPolicy")[name]["spec"]["podSelector"]["matchLabels"] == selector(name)
        monitor = of("ServiceMonitor")[name]["spec"]
        assert monitor["selector"]["matchLabels"].items() <= of("Service")[name]["metadata"]["labels"].items()
        (endpoint,) = monitor["endpoints"]
        assert endpoint["port"] in {port["name"] for port in of("Service")[name]["spec"]["ports"]}
        # The job is what the rules call it.
        assert of("Service")[name]["metadata"]["labels"][monitor["jobLabel"]] == name
    jobs = Settings().jobs
    assert set(of("ServiceMonitor")) == {jobs.windsock, jobs.statsd}


def test_a_policy_opens_what_the_process_listens_on() -> None:
    for name, deployment in of("Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        listening = {each["containerPort"] for each in container["ports"]}
        rules = of("NetworkPolicy")[name]["spec"]["ingress"]
        assert {port["port"] for rule in rules for port in rule["ports"]} == listening


def test_windsock_knows_every_flag_and_reads_every_file(tmp_path: Path) -> None:
    (container,) = of("Deployment")[exporter.NAME]["spec"]["template"]["spec"]["containers"]
    known = {name for parameter in serve.params for name in parameter.opts}
    command, *flags = container["args"]
    assert command == "serve"
    assert [flag for flag in flags if flag.partition("=")[0] not in known] == []
    data = of("ConfigMap")[exporter.CONFIG]["data"]
    readers = {"slas.yaml": sla.load, "owners.yaml": owners.read, "alerts.yaml": build.read_settings}
    for name, read in readers.items():
        assert f"={exporter._ETC}/{name}" in " ".join(flags)
        path = tmp_path / name
        path.write_text(data[name], encoding="utf-8")
        read(path)


def test_no_metric_has_a_label_that_a_target_has_too() -> None:
    clashing = {metric.name: set(metric.all_labels) & OF_TARGETS for metric in METRICS}
    assert {name: labels for name, labels in clashing.items() if labels} == {}


@pytest.mark.parametrize("version", ["2.11", "3.3"])
def test_the_charts_values_hold_the_mapping_and_every_setting_for_it(version: str) -> None:
    values = yaml.safe_load((FOLDER / f"airflow-chart-{version}.values.yaml").read_text(encoding="utf-8"))
    target = Target(mapping=Options(version=version), host=None)
    wanted = {each.name: each.value for each in settings(target) if not each.in_chart}
    assert values["config"]["metrics"] == wanted
    assert len(values["statsd"]["overrideMappings"]) > 100
    assert values["statsd"]["enabled"] is True


def test_values_for_our_exporter_point_at_its_service() -> None:
    values = yaml.safe_load(chart.with_our_exporter("3.3", f"{statsd.NAME}.{BASE['namespace']}"))
    assert values["config"]["metrics"]["statsd_on"] == "True"
    assert values["config"]["metrics"]["statsd_host"] == "airflow-statsd.monitoring"
    assert values["statsd"] == {"enabled": False}


def test_each_target_says_which_airflow_it_is() -> None:
    for monitor in monitors.everything():
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["relabelings"][0]["targetLabel"] == "airflow"
        assert endpoint["interval"] == "15s"
