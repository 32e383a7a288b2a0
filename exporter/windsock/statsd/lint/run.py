"""All checks over one mapping."""

from __future__ import annotations

from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import V0_31, Dialect
from windsock.statsd.lint import airflow as airflow_check
from windsock.statsd.lint import codes, families, loading, reach, references, values
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.ignores import put_aside
from windsock.statsd.lint.subject import Subject


def lint(
    text: str, *, dialect: Dialect = V0_31, prefix: str = "airflow", airflow: str | None = None
) -> list[Finding]:
    """What is wrong with a mapping, by line.

    Args:
        text: the file.
        dialect: the release of statsd_exporter that it is for.
        prefix: Airflow's `statsd_prefix`.
        airflow: the version of Airflow that sends; None for any.
    """
    try:
        subject = Subject.read(text, dialect)
    except Refused as refused:
        return [Finding(codes.NOT_LOADED, refused.line, str(refused))]
    found = [*loading.check(subject), *reach.check(subject), *references.check(subject)]
    found += [*values.check(subject), *families.check(subject, prefix=prefix)]
    found += airflow_check.check(subject, prefix=prefix, airflow=airflow)
    left = put_aside(text, list(dict.fromkeys(found)))
    return sorted(left, key=lambda one: (one.line, one.code.id))
