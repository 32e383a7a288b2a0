"""What the exporter is made of: the bill of materials is the lock file, the audit asks about all of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "exporter.txt"


def supply_chain(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "deploy" / "supply-chain.sh"), *arguments],
        env={**os.environ, "BIN": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def locked() -> dict[tuple[str, str], tuple[bool, set[str]]]:
    """Name and version -> whether this Python and machine need it, and its hashes."""
    found = {}
    for line in LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        wanted = Requirement(line.partition("--hash")[0].strip())
        (pin,) = wanted.specifier
        needed = wanted.marker is None or wanted.marker.evaluate()
        found[wanted.name, pin.version] = needed, set(re.findall(r"--hash=sha256:(\w+)", line))
    return found


def test_the_bill_of_materials_lists_exactly_what_is_locked_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "windsock.cdx.json"
    result = supply_chain("sbom", str(path))
    assert (result.returncode, result.stderr) == (0, "")
    bill = json.loads(path.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "windsock"
    listed = {
        (each["name"], each["version"]): {
            found["content"] for of in each["externalReferences"] for found in of["hashes"]
        }
        for each in bill["components"]
    }
    assert listed == {package: hashes for package, (_, hashes) in locked().items()}
    assert len(bill["components"]) == len(listed)
    again = tmp_path / "again.json"
    supply_chain("sbom", str(again))
    assert again.read_bytes() == path.read_bytes()


@contextmanager
def advisories(known: dict[str, str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A service as pip-audit asks it: package -> a weakness of it. Its address, and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question: Any = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = question["package"]["name"]
            asked.append((name, question["version"]))
            entry: dict[str, Any] = {
                "id": known.get(name),
                "summary": "planted",
                "aliases": [],
                "affected": [],
            }
            body = json.dumps({"vulns": [entry]} if name in known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_audit_asks_about_every_package_that_is_installed_here() -> None:
    with advisories({}) as (url, asked):
        result = supply_chain("audit", "--vulnerability-service=osv", f"--osv-url={url}")
    assert result.returncode == 0, result.stderr
    assert "No known vulnerabilities found" in result.stderr
    assert sorted(asked) == sorted(package for package, (needed, _) in locked().items() if needed)


def test_a_known_weakness_fails_the_audit_and_is_named() -> None:
    with advisories({"pyyaml": "PYSEC-0000-1"}) as (url, _):
        result = supply_chain("audit", "--vulnerability-service=osv", f"--osv-url={url}")
    assert result.returncode == 1
    assert re.search(r"pyyaml\s+\S+\s+PYSEC-0000-1", result.stdout), result.stdout


def test_a_service_that_cannot_be_reached_fails_the_audit() -> None:
    result = supply_chain("audit", "--vulnerability-service=osv", "--osv-url=http://127.0.0.1:9/v1/query")
    assert result.returncode != 0
    assert "No known vulnerabilities found" not in result.stderr
