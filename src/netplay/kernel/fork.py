"""Forks, and what their children do with what they inherit."""

from __future__ import annotations

import os
import signal

from netplay.kernel import libc

_PR_SET_PDEATHSIG = 1  # prctl(2)
# Above any that can be open: RLIMIT_NOFILE is an int, fs.nr_open at most 2^30.
_NO_DESCRIPTOR = 1 << 30


def fork() -> int:
    """os.fork() in a program of somebody else's, which may have threads.

    The child has none of them, and must not ask for a lock that one may have held: it imports
    nothing, prints nothing, and ends with ``os._exit``. So the warning that Python has for it,
    since 3.12, is left out.
    """
    import warnings  # the keeper has no threads, and no need of it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def die_with_parent() -> None:
    """Has the kernel kill the calling process when the one that forked it ends, however it ends."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def close_from(first: int, *kept: int) -> None:
    """Closes every descriptor from *first* on, but the *kept* ones.

    A wall, not tidiness: a descriptor of one of the computer's folders in a program on a node
    would be a way out of the lab, by "..". Close-on-exec alone would trust that no
    descriptor anywhere was ever opened without it.
    """
    for number in sorted(kept):
        if number >= first:
            os.closerange(first, number)
            first = number + 1
    os.closerange(first, _NO_DESCRIPTOR)
