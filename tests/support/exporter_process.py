"""`windsock serve` as a process of its own, which a test may kill at any moment."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from demo.stack.ports import choose

_PROGRAM = str(Path(sys.executable).with_name("windsock"))


class ExporterProcess:
    """Started and killed as often as a test likes; its state stays.

    Args:
        folder: for the URL, the log and the state directory.
        arguments: more of them for `windsock serve`.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.state = folder / "state"
        self.log = folder / "serve.log"
        self._url = folder / "url"
        self.port = choose({"serve": 0})["serve"]
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._memo: tuple[tuple[int, int], dict[str, Any]] = ((0, 0), {})
        self.starts = 0

    def start(self, url: str) -> None:
        """Start it; it is not ready yet."""
        self._url.write_text(url, encoding="utf-8")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(_PROGRAM, "serve", "--database-url-file", str(self._url)),
                    *("--state-dir", str(self.state), "--listen", f"127.0.0.1:{self.port}"),
                    *self._arguments,
                ],
                stdout=log,
                stderr=log,
            )
        self.starts += 1

    @property
    def running(self) -> bool:
        """Whether it was started and neither killed nor ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether there are metrics; it must not have ended by itself."""
        assert self.running, f"it ended: {self.log.read_text(errors='replace')[-3000:]}"
        return self.scrape() is not None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def scrape(self) -> str | None:
        """The text of /metrics; None while there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text: str = answer.read().decode()
        except (urllib.error.URLError, OSError):
            return None
        return text

    def until_ready(self, *, seconds: float = 180.0) -> str:
        """The first text of /metrics."""
        deadline = time.monotonic() + seconds
        while (text := self.scrape()) is None:
            said = self.log.read_text(errors="replace")[-3000:]
            assert self.running, f"it ended: {said}"
            assert time.monotonic() < deadline, f"not ready after {seconds} s: {said}"
            time.sleep(0.05)
        return text

    def until(self, said: str, *, seconds: float = 180.0) -> str:
        """The first text of /metrics with this in it."""
        deadline = time.monotonic() + seconds
        text = self.until_ready(seconds=seconds)
        while said not in text:
            assert time.monotonic() < deadline, f"no {said!r} after {seconds} s:\n{text[-3000:]}"
            time.sleep(0.1)
            text = self.until_ready(seconds=seconds)
        return text

    def memo(self, owner: str) -> dict[str, Any]:
        """What is on disk of a collector's memo."""
        file = self.state / "counters.json"
        try:
            stat = file.stat()
            if (stat.st_mtime_ns, stat.st_ino) != self._memo[0]:
                self._memo = ((stat.st_mtime_ns, stat.st_ino), json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        memo: dict[str, Any] = self._memo[1]["sections"].get(owner, {}).get("memo", {})
        return memo
