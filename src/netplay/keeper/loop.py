"""The keeper's only loop: descriptors, timers and the deaths of children.

asyncio would do, at 60 ms of imports and 8 MB of memory for every lab; this is what of it
the keeper needs.
"""

from __future__ import annotations

import heapq
import os
import selectors
import signal
import time
from collections.abc import Callable

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    class _HasFileno(Protocol):
        def fileno(self) -> int: ...

    _Watched: TypeAlias = int | _HasFileno


class Timer:
    """A call that is due at some time, unless it is cancelled."""

    __slots__ = ("call", "due")

    def __init__(self, due: float, call: Callable[[], None] | None) -> None:
        self.due = due
        self.call = call

    def __lt__(self, other: Timer) -> bool:
        return self.due < other.due


class Loop:
    """Calls back; everything in it runs in one thread and may not block."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[Timer] = []
        self.running = True

    def watch(self, watched: _Watched, events: int, call: Callable[[int], None]) -> None:
        """Calls *call* with the events whenever *watched* is ready; replaces an earlier watch."""
        if _number(watched) in self._selector.get_map():
            self._selector.modify(watched, events, call)
        else:
            self._selector.register(watched, events, call)

    def forget(self, watched: _Watched) -> None:
        """Ends a watch, if there is one."""
        if _number(watched) in self._selector.get_map():
            self._selector.unregister(watched)

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Calls *call* once, after *seconds*."""
        timer = Timer(time.monotonic() + seconds, call)
        heapq.heappush(self._timers, timer)
        return timer

    def cancel(self, timer: object | None) -> None:
        """Takes a timer back; None and one that has fired are fine."""
        if isinstance(timer, Timer):
            timer.call = None

    def on_signals(self, numbers: tuple[int, ...], call: Callable[[int], None]) -> None:
        """Calls *call* with the number of each signal that arrives, from within the loop.

        Python writes the number into the pipe from its own handler (signal.set_wakeup_fd), so
        that no signal is lost between a look and a wait.
        """
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda *_: None)

        def arrived(_: int) -> None:
            for number in set(os.read(reading, 4096)):
                call(number)

        self.watch(reading, selectors.EVENT_READ, arrived)

    def run(self) -> None:
        """Works until ``running`` is false."""
        while self.running:
            for key, events in self._selector.select(self._wait()):
                # An earlier call of this round may have ended or replaced the watch.
                if self._selector.get_map().get(key.fd) is key and self.running:
                    key.data(events)
            self._fire()

    def _wait(self) -> float | None:
        while self._timers and self._timers[0].call is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return None
        return max(0.0, self._timers[0].due - time.monotonic())

    def _fire(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0].due <= now:
            timer = heapq.heappop(self._timers)
            if timer.call is not None:
                call, timer.call = timer.call, None
                call()


def _number(watched: _Watched) -> int:
    return watched if isinstance(watched, int) else watched.fileno()
