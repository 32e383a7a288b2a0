"""All looks at once, each with its time limit: nothing that does not answer holds the others up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from windsock.doctor.finding import Finding, wrong
from windsock.errors import BadInput

Look = Callable[[], Iterable[Finding]]


def run(looks: Mapping[str, Look], *, seconds: float) -> list[Finding]:
    """What they found, in their order.

    Args:
        looks: the check that is wrong if the look cannot be finished -> the look.
        seconds: after which a look is given up; what it said until then counts.
    """
    deadline = time.monotonic() + seconds
    running = [_Running(check, look) for check, look in looks.items()]
    for each in running:
        each.start()
    return [found for each in running for found in each.finished(deadline, seconds)]


class _Running:
    def __init__(self, check: str, look: Look) -> None:
        self._check, self._look = check, look
        self._found: list[Finding] = []
        # One that hangs in a driver must not keep the process.
        self._thread = threading.Thread(target=self._work, daemon=True, name=check)

    def start(self) -> None:
        self._thread.start()

    def finished(self, deadline: float, seconds: float) -> list[Finding]:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        found = list(self._found)
        if self._thread.is_alive():
            message = f"no answer within {seconds:g} s"
            found.append(
                wrong(self._check, message, "see whether it is up and reached from here; or --timeout")
            )
        return found

    def _work(self) -> None:
        try:
            # One by one: what was said before a hang counts.
            for each in self._look():
                self._found.append(each)
        except BadInput as error:
            self._found.append(wrong(self._check, str(error), "see whether it is up and reached from here"))
        except Exception as error:  # noqa: BLE001 (one look that breaks must not hide the others)
            message = f"what it answers is not understood: {type(error).__name__}: {error}"
            self._found.append(wrong(self._check, message, "see whether the address is that of this service"))
