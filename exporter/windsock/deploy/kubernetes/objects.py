"""What the objects have in common: names, labels, and a process that may do as little as possible."""

from __future__ import annotations

from typing import Any

# Where Prometheus is and where Airflow is, by the label that every namespace has.
MONITORING = "monitoring"
AIRFLOW = "airflow"
_NOBODY = 65532


def metadata(name: str, **more: Any) -> dict[str, Any]:
    """The part `metadata`, with the labels by which the parts of one service know each other."""
    return {"name": name, "labels": {**selector(name), "app.kubernetes.io/part-of": "windsock"}, **more}


def selector(name: str) -> dict[str, str]:
    """The label that says which service it is; its value is the name of the scrape job."""
    return {"app.kubernetes.io/name": name}


def deployment(
    name: str, pod: dict[str, Any], *, annotations: dict[str, str] | None = None
) -> dict[str, Any]:
    """One process that is never there twice: the old one ends before the new one begins."""
    template = metadata(name)
    del template["name"]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(name)},
            "template": {
                "metadata": {**template, **({"annotations": annotations} if annotations else {})},
                "spec": {
                    "automountServiceAccountToken": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": _NOBODY,
                        "runAsGroup": _NOBODY,
                        "fsGroup": _NOBODY,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    **pod,
                },
            },
        },
    }


def container(name: str, image: str, args: list[str], **more: Any) -> dict[str, Any]:
    """A container that writes nowhere but into its volumes, and can become nobody else."""
    return {
        "name": name,
        "image": image,
        "args": args,
        "securityContext": {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        **more,
    }


def probe(path: str, port: str, *, every: int, failures: int) -> dict[str, Any]:
    """A look at an address of the process itself, every so many seconds."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": every,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def service(name: str, ports: list[dict[str, Any]]) -> dict[str, Any]:
    """A stable address."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name),
        "spec": {"selector": selector(name), "ports": ports},
    }


def port(name: str, number: int, protocol: str = "TCP") -> dict[str, Any]:
    """A port of a Service."""
    return {"name": name, "port": number, "targetPort": name, "protocol": protocol}


def policy(name: str, ingress: list[dict[str, Any]], egress: list[dict[str, Any]]) -> dict[str, Any]:
    """Who may come in and where it may go; all else is closed."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name),
        "spec": {
            "podSelector": {"matchLabels": selector(name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    }


def ports(*numbers: int, protocol: str = "TCP") -> list[dict[str, Any]]:
    """Ports of a policy."""
    return [{"port": number, "protocol": protocol} for number in numbers]


def namespace(name: str) -> dict[str, Any]:
    """Everything in a namespace, for a policy."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def configmap(name: str, data: dict[str, str]) -> dict[str, Any]:
    """Files."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": data}
