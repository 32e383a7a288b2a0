"""One process of the stack, in its own session, with its output in a file and an end that leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from demo.stack import priority
from windsock.errors import BadInput

_TAIL_LINES = 25
_POLL_SECONDS = 0.1
# In the environment of every process that a stack starts; finds those that left their parent's session.
MARK = "WINDSOCK_STACK"


class Process:
    """A program that can be started, stopped, killed, paused and started again.

    Attributes:
        name: how messages call it.
        argv: the command line, program first.
        log: the file that takes stdout and stderr; appended to at each start.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.log = log
        self._env = dict(os.environ if env is None else env)
        self._cwd = cwd
        self._child: subprocess.Popen[bytes] | None = None
        self._known: set[int] = set()

    @property
    def pid(self) -> int | None:
        """Process id of the last start, which is also the id of its session."""
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        """Whether the process itself (not only a worker of it) is there."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it; does nothing when it runs already."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**self._env, MARK: self._mark()},
                cwd=self._cwd,
                start_new_session=True,
            )
        priority.of_session(self._child.pid, priority.own())

    def stop(self, *, grace: float = 5.0) -> None:
        """TERM to every process of the session, KILL to what is left after `grace` seconds."""
        stop_all([self], grace=grace)

    def kill(self) -> None:
        """KILL the whole session at once: a crash, without a word to anybody."""
        self._reap(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze the session, like a machine that hangs; `resume` thaws it."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused session go on."""
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to every process of the session."""
        for pid in self.members():
            _send(pid, number)

    def members(self) -> set[int]:
        """Living processes of its session, their descendants, and whoever carries its mark."""
        if self._child is None:
            return set()
        self._child.poll()
        return members_of(self._child.pid, self._mark())

    def tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines of the log."""
        if not self.log.is_file():
            return "(no output)"
        text = self.log.read_bytes()[-20_000:].decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:]) or "(no output)"

    def wait(self, ready: Callable[[], bool], *, timeout: float = 120.0, what: str = "ready") -> None:
        """Wait until `ready()`; stops waiting when the process ends.

        Raises:
            BadInput: it ended, or is not ready in time; with the end of its log.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                code = self._child.returncode if self._child else "never started"
                raise BadInput(f"{self.name} ended ({code}) before it was {what}; {self._quote()}")
            if time.monotonic() > deadline:
                raise BadInput(f"{self.name} is not {what} after {timeout:.0f} s; {self._quote()}")
            time.sleep(_POLL_SECONDS)

    def _quote(self) -> str:
        return f"end of {self.log}:\n{self.tail()}"

    def _mark(self) -> str:
        return str(self.log.resolve())

    def _reap(self, number: signal.Signals) -> None:
        self.send(number)
        if self._child is not None:
            try:
                self._child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                return


def stop_all(processes: Iterable[Process], *, grace: float = 5.0) -> None:
    """Stop several at the same time: TERM to all sessions, KILL to what is left after `grace` seconds."""
    processes = list(processes)
    _end(lambda: set().union(*(process.members() for process in processes)), grace)
    for process in processes:
        # One that died after the last look is still to be waited for.
        process.members()


def sweep(folder: Path, *, grace: float = 5.0) -> int:
    """End what an earlier stack in `folder` left behind (its starter was killed); returns how many."""
    mark = str(folder.resolve())

    def left() -> set[int]:
        return {pid for pid in _pids() if _mark_of(pid).startswith(mark + "/")}

    found = len(left())
    _end(left, grace)
    return found


def members_of(session: int, mark: str) -> set[int]:
    """Living processes of a session, all their descendants, and whoever carries `mark`."""
    # A second look at an empty session: the last one may have ended just as its child began.
    return _scan(session, mark) or _scan(session, mark)


def _scan(session: int, mark: str) -> set[int]:
    parents, found = {}, set()
    for pid in _pids():
        if (stat := _stat(pid)) is None:
            continue
        state, parent, its_session = stat
        if state == "Z":  # dead; nobody has taken its exit code
            continue
        parents[pid] = parent
        if session in {pid, its_session} or _mark_of(pid) == mark:
            found.add(pid)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def _end(living: Callable[[], set[int]], grace: float) -> None:
    for pid in (pids := living()):
        _send(pid, signal.SIGTERM)
        _send(pid, signal.SIGCONT)  # a paused process meets its TERM only when it goes on
    deadline = time.monotonic() + grace
    while pids and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        pids = {pid for pid in pids if _alive(pid)} | living()
    last = time.monotonic() + 5
    while pids and time.monotonic() < last:
        for pid in pids:
            _send(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
        pids = {pid for pid in pids if _alive(pid)} | living()


def _alive(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and stat[0] != "Z"


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[str, int, int] | None:
    """State letter, parent and session of a process; None when it is gone."""
    try:
        # The name in brackets may hold spaces and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return fields[0], int(fields[1]), int(fields[3])


def _mark_of(pid: int) -> str:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    for entry in environ.split(b"\0"):
        if entry.startswith(MARK.encode() + b"="):
            return entry.partition(b"=")[2].decode("utf-8", errors="replace")
    return ""
