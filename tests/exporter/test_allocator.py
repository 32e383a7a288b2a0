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
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=180)


_CYCLES = """
import gc
from windsock.allocator import look_rarely
look_rarely()
looks = gc.get_stats()[2]["collections"]
kept = [[number] for number in range(300_000)]
assert gc.get_stats()[2]["collections"] == looks
for _ in range(3_000_000):
    cycle = []
    cycle.append(cycle)
assert gc.get_count()[0] <= 100_000
assert sum(type(each) is list and each[:1] == [each] for each in gc.get_objects()) <= 1_100_000
"""


def test_cycles_are_looked_for_rarely_yet_found() -> None:
    subprocess.run([sys.executable, "-c", _CYCLES], check=True, timeout=180)
