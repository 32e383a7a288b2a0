"""Values for Airflow's official chart use keys that the chart has, with the types that its schema demands.

The keys and types are those of the chart's own `values.schema.json`; the chart itself cannot be had from a
package registry.
"""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from windsock.airflow_versions import VERSIONS
from windsock.deploy.kubernetes import chart

_TEXTS = {"type": "array", "items": {"type": "string"}}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "config": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": ["boolean", "integer", "number", "string"]},
            },
        },
        "images": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "statsd": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"repository": {"type": "string"}, "tag": {"type": "string"}},
                }
            },
        },
        "statsd": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "enabled": {"type": "boolean"},
                "args": _TEXTS,
                "overrideMappings": {"type": "array"},
            },
        },
    },
}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_chart_takes_our_values(version: str) -> None:
    for text in (
        chart.with_the_charts_exporter(version),
        chart.with_our_exporter(version, "statsd.monitoring"),
    ):
        values = yaml.safe_load(text)
        jsonschema.validate(values, SCHEMA)
        # The chart runs these through Helm's templates: braces would be read as one.
        assert "{{" not in yaml.safe_dump([values["config"], values["statsd"].get("args")])
