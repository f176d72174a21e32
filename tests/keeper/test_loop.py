"""The keeper's loop: descriptors, timers, signals."""

from __future__ import annotations

import os
import selectors
import signal

from netplay.keeper.loop import Loop


def test_timers_fire_in_the_order_of_their_time() -> None:
    loop, seen = Loop(), []
    loop.later(0.02, lambda: seen.append("second"))
    loop.later(0.001, lambda: seen.append("first"))

    def stop() -> None:
        loop.running = False

    loop.later(0.03, stop)
    loop.run()
    assert seen == ["first", "second"]


def test_a_cancelled_timer_does_not_fire() -> None:
    loop, seen = Loop(), []
    timer = loop.later(0.001, lambda: seen.append("never"))
    loop.cancel(timer)
    loop.cancel(None)

    def stop() -> None:
        loop.running = False

    loop.later(0.01, stop)
    loop.run()
    assert not seen


def test_a_watch_that_an_earlier_call_ended_is_not_called() -> None:
    loop, seen = Loop(), []
    pipes = [os.pipe() for _ in range(2)]
    for _, writing in pipes:
        os.write(writing, b".")

    def call(number: int) -> None:
        seen.append(number)
        for reading, _ in pipes:
            loop.forget(reading)
        loop.running = False

    for reading, _ in pipes:
        loop.watch(reading, selectors.EVENT_READ, lambda _, n=reading: call(n))
    loop.run()
    assert len(seen) == 1


def test_a_signal_arrives_in_the_loop() -> None:
    loop, seen = Loop(), []
    before = signal.getsignal(signal.SIGUSR1)

    def arrived(number: int) -> None:
        seen.append(number)
        loop.running = False

    loop.on_signals((signal.SIGUSR1,), arrived)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        loop.run()
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGUSR1, before)
    assert seen == [signal.SIGUSR1]
