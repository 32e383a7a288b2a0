"""A real pgbouncer in transaction mode before a cluster."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo.stack import programs
from demo.stack.ports import HOST, choose, taken
from demo.stack.postgres import Postgres, account, as_user
from demo.stack.process import Process


@contextmanager
def pgbouncer(
    cluster: Postgres, passwords: Mapping[str, str], log: Path, *, size: int = 1
) -> Iterator[tuple[Process, int]]:
    """The process and its port; `passwords` by role, `size` server connections for each role and database."""
    port = choose({"pgbouncer": 0})["pgbouncer"]
    folder = Path(tempfile.mkdtemp(prefix="windsock-pgbouncer-"))
    users, settings = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text("".join(f'"{role}" "{password}"\n' for role, password in passwords.items()))
    settings.write_text(
        f"[databases]\n* = host={HOST} port={cluster.port}\n"
        f"[pgbouncer]\nlisten_addr = {HOST}\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {users}\n"
        f"pool_mode = transaction\ndefault_pool_size = {size}\nserver_login_retry = 1\n"
    )
    if os.geteuid() == 0:
        for path in (folder, users, settings):
            os.chown(path, account().pw_uid, account().pw_gid)
    process = Process("pgbouncer", [*as_user(), programs.pgbouncer(), str(settings)], log=log, cwd=folder)
    try:
        start(process, port)
        yield process, port
    finally:
        process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def start(process: Process, port: int) -> None:
    """Start it (again) and wait until it listens."""
    process.start()
    process.wait(lambda: taken(port), timeout=60)
