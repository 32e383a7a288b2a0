"""The JSON Schema of `slas.yaml`, for editors: what can be said without reading the whole file."""

from __future__ import annotations

from windsock.artifact import Artifact
from windsock.schema import plain, text
from windsock.sla.rules import BELONGS, KINDS, SELECTORS
from windsock.sla.slafile import File

PATH = "exporter/generated/slas.schema.json"


def render() -> str:
    """The schema as text. An editor finds what it can; `windsock sla check` finds the rest."""
    found = plain(File.model_json_schema())
    entry = found["$defs"]["Sla"]
    entry["anyOf"] = [{"required": [key]} for key in SELECTORS]
    entry["oneOf"] = [{"required": [kind]} for kind in KINDS]
    entry["dependentSchemas"] = {
        key: {"anyOf": [{"required": [kind]} for kind in kinds]} for key, kinds in BELONGS.items()
    }
    return text("SLAs of Windsock", found)


ARTIFACTS = (Artifact(path=PATH, render=render),)
