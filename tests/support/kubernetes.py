"""Whether Kubernetes would take an object: the schemas of Kubernetes itself and of the Prometheus operator.

Nothing is asked over the network: the first come with the package kubernetes-validate, the others with the
operator's Go module, which `demo/install.sh test` puts into `.bin/crds`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[2]
CRDS = ROOT / ".bin" / "crds"
KUBERNETES = "v1.34.0"
_PARTS = "/api/_definitions.json"
# What an object may be with `kubectl apply --server-side`; without that, 256 KiB.
MOST_BYTES = 1024 * 1024


def objects(text: str) -> list[dict[str, Any]]:
    """The documents of a file."""
    return [each for each in yaml.safe_load_all(text) if each is not None]


def problems(found: dict[str, Any]) -> list[str]:
    """What the API server would say against it, unknown keys included; empty if it takes the object.

    Raises:
        AssertionError: nobody knows this kind of object.
    """
    validator = Draft202012Validator(_schema(found["apiVersion"], found["kind"]), registry=_registry())
    said = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(found)]
    if len(json.dumps(found)) > MOST_BYTES:
        said.append("it is larger than what Kubernetes keeps")
    return said


@cache
def _schema(version: str, kind: str) -> dict[str, Any]:
    if version.startswith("monitoring.coreos.com/"):
        custom: dict[str, Any] = _strict(_custom(version.partition("/")[2], kind))
        return custom
    group = version.replace("/", "-").replace(".k8s.io", "")
    file = _folder() / f"{kind}-{group}.json".lower()
    assert file.is_file(), f"Kubernetes knows no {version} {kind}"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _custom(version: str, kind: str) -> dict[str, Any]:
    assert CRDS.is_dir(), "run demo/install.sh test"
    for definition in _definitions():
        if definition["spec"]["names"]["kind"] == kind:
            for each in definition["spec"]["versions"]:
                if each["name"] == version:
                    schema: dict[str, Any] = each["schema"]["openAPIV3Schema"]
                    return schema
    raise AssertionError(f"the operator knows no {version} {kind}")


def _definitions() -> Iterator[dict[str, Any]]:
    for path in sorted(CRDS.glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _strict(schema: Any) -> Any:
    """As the API server does it with `--validate=strict`: a key that stands in no schema is refused."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {
        key: _strict(value)
        for key, value in schema.items()
        if key != "description" or not isinstance(value, str)
    }
    if isinstance(found.get("pattern"), str) and "(?i)" in found["pattern"]:
        # Go takes flags anywhere.
        found["pattern"] = "(?i)" + found["pattern"].replace("(?i)", "")
    if found.pop("x-kubernetes-int-or-string", False):
        return {"type": ["integer", "string"]}
    open_ended = found.pop("x-kubernetes-preserve-unknown-fields", False)
    if isinstance(found.get("properties"), dict) and found.get("type") == "object" and not open_ended:
        if "metadata" in found["properties"]:
            found["properties"]["metadata"] = {"type": "object"}
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False) and "type" in found:
        found["type"] = [found["type"], "null"]
    return found


@cache
def _registry() -> Any:
    """Where the parts stand that the schemas of Kubernetes refer to."""
    contents = json.loads((_folder() / "_definitions.json").read_text(encoding="utf-8"))
    return Registry().with_resource(_PARTS, DRAFT202012.create_resource(contents))


def _folder() -> Traversable:
    return files("kubernetes_validate") / "kubernetes-json-schema" / f"{KUBERNETES}-local-strict"
