"""A limit of time that ends a test from within, so that its report still tells what it knows.

A test that hangs on a socket is what netplay's report is for: who listens, what was sent last.
pytest-timeout's `thread` method ends the whole process instead; its `signal` method uses SIGALRM
and the one timer that goes with it, and so would anybody else's. Here a thread waits, and then
sends the main thread a signal that nobody uses; its handler raises, which interrupts whatever
system call the test is in (PEP 475: a handler that raises is not followed by a retry).
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# signal(7): the real-time signals have no meaning of their own, and glibc keeps the first.
_SIGNAL = signal.SIGRTMAX
_DEBUGGERS = ("bdb", "pdb", "pydevd")


@contextmanager
def deadline(seconds: float | None = None, whose: str = "") -> Iterator[None]:
    """Fail the test when the block takes longer than *seconds*; None is for ever.

    Only the main thread can be interrupted; elsewhere there is no limit.
    """
    main = threading.main_thread()
    if seconds is None or threading.current_thread() is not main or main.ident is None:
        yield
        return
    is_over = False

    def expire(*_: object) -> None:
        __tracebackhide__ = True
        if not is_over and not _is_debugging():
            pytest.fail(f"this test does not end ({whose})")

    before = signal.signal(_SIGNAL, expire)
    timer = threading.Timer(max(0.0, seconds), signal.pthread_kill, (main.ident, _SIGNAL))
    timer.daemon = True
    try:
        try:
            timer.start()
            yield
        finally:
            is_over = True
    finally:
        timer.cancel()
        timer.join()
        signal.signal(_SIGNAL, before)


def _is_debugging() -> bool:
    """Whether somebody is looking at the test with a debugger, and takes his time."""
    return getattr(sys.gettrace(), "__module__", "").startswith(_DEBUGGERS)
