"""What the engine remembers, in the state file and back: its memories, and how the DAGs looked."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from pydantic import ValidationError

from windsock.sla.causes import Cause
from windsock.sla.memory import Memory
from windsock.sla.rules import Looks
from windsock.state import State

_MEMORIES = "sla"
_LOOKS = "sla_dags"
_log = structlog.get_logger()

Key = tuple[str, str]


def read(state: State) -> tuple[dict[Key, Memory], dict[str, Looks]]:
    """Memories by (sla, dag_id), and by DAG how it looked; what cannot be used is left out and told."""
    memories = {}
    for sla, dags in state.section(_MEMORIES).items():
        for dag_id, data in dags.items() if isinstance(dags, dict) else ():
            try:
                memory = Memory.model_validate(data)
                Cause(memory.cause or Cause.UNKNOWN)
            except (ValidationError, ValueError):
                _log.warning("what the state file says of an SLA is not usable", sla=sla, dag_id=dag_id)
                continue
            memories[sla, dag_id] = memory
    return memories, dict(_looks(state))


def write(state: State, memories: Mapping[Key, Memory], looks: Mapping[str, Looks]) -> None:
    """Put both into the state."""
    data: dict[str, dict[str, object]] = {}
    for (sla, dag_id), memory in memories.items():
        data.setdefault(sla, {})[dag_id] = memory.model_dump(mode="json", exclude_defaults=True)
    state.put(_MEMORIES, data)
    state.put(
        _LOOKS, {dag_id: {"tags": list(each.tags), "team": each.team} for dag_id, each in looks.items()}
    )


def _looks(state: State) -> dict[str, Looks]:
    found = {}
    for dag_id, data in state.section(_LOOKS).items():
        tags, team = (data.get("tags"), data.get("team")) if isinstance(data, dict) else (None, None)
        if isinstance(tags, list) and isinstance(team, str):
            found[dag_id] = Looks(dag_id, tuple(map(str, tags)), team)
    return found
