"""Which operators count as isolated."""

from __future__ import annotations

import pytest

from windsock.isolation import ISOLATED, Isolation


@pytest.mark.parametrize(
    "operator",
    [
        *("KubernetesPodOperator", "@task.kubernetes", "@task.kubernetes_cmd", "GKEStartPodOperator"),
        *("DockerOperator", "DockerSwarmOperator", "@task.docker"),
        *("PythonVirtualenvOperator", "BranchPythonVirtualenvOperator", "@task.virtualenv"),
        *("@task.branch_virtualenv", "ExternalPythonOperator", "@task.external_python"),
        *("@task.branch_external_python", "EcsRunTaskOperator", "BatchOperator"),
    ],
)
def test_what_works_apart_from_the_worker_is_isolated(operator: str) -> None:
    assert Isolation().of(operator) == "isolated"


@pytest.mark.parametrize("operator", ["PythonOperator", "@task", "BashOperator", "@task.bash", "unknown"])
def test_what_works_in_the_worker_is_shared(operator: str) -> None:
    assert Isolation().of(operator) == "shared"


def test_more_patterns_may_be_added() -> None:
    assert Isolation((*ISOLATED, "MyPod*")).of("MyPodOperator") == "isolated"
