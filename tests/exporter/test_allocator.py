from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
from threading import Thread
from windsock.allocator import give_back
assert give_back()
def page():
    return [bytes(400_000) for _ in range(100)]
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
before = resident()
for _ in range(3):
    thread = Thread(target=page)
    thread.start()
    thread.join()
assert resident() - before < 20_000_000, resident() - before
"""


def test_big_blocks_that_threads_have_freed_go_back_to_the_system() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
