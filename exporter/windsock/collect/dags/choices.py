"""What the user wants to see one by one, of things that are too many to show all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Globs; something is chosen if any of them matches.

    Attributes:
        dag_tags: tags that stand in `airflow_dag_info`.
        assets: names of assets, on 2.x URIs of datasets.
        check_tasks: ids of tasks that check data.
        isolated_operators: of those that do their work apart from the worker, beside the well-known ones.
    """

    dag_tags: tuple[str, ...] = ()
    assets: tuple[str, ...] = ("*",)
    check_tasks: tuple[str, ...] = ()
    isolated_operators: tuple[str, ...] = ()


def chosen(names: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """The names that one of the globs matches, sorted."""
    globs = tuple(globs)
    return tuple(sorted(name for name in names if any(fnmatchcase(name, glob) for glob in globs)))
