"""Which operators do their work apart from the worker's own process and packages."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

# Names as the UI shows them: of the class, or of the decorator.
ISOLATED = (
    *("*KubernetesPod*", "@task.kubernetes*", "KubernetesJobOperator", "GKEStart*", "EksPodOperator"),
    *("Docker*Operator", "@task.docker*"),
    *("*VirtualenvOperator", "@task.*virtualenv", "*ExternalPythonOperator", "@task.*external_python"),
    *("Ecs*Operator", "BatchOperator", "CloudRun*", "AzureContainerInstancesOperator"),
)


class Isolation:
    """Answers by pattern, upper and lower case as they are."""

    def __init__(self, patterns: Iterable[str] = ISOLATED) -> None:
        self._patterns = tuple(patterns)
        self.of = lru_cache(maxsize=1_000)(self._of)

    def _of(self, operator: str) -> str:
        found = any(fnmatchcase(operator, pattern) for pattern in self._patterns)
        return "isolated" if found else "shared"
