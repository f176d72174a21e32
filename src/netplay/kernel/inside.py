"""Running one function as root of a new user namespace, and nothing left of it afterwards.

The image is built and unpacked, and the doctor tries things, in a namespace with the same
shifted map as a lab's. The steps, each for a reason seen:

1. The child enters the namespace; the parent writes the map (a process may not write its own).
2. The child becomes uid 0 of it (it keeps its capabilities only across ``exec`` as uid 0).
   From here on the child may not read the computer's private files, ``/root`` for one, where
   Python itself may be installed: whatever *action* imports must have been imported before.
3. With ``CLONE_NEWPID`` a second child is process 1: when it dies, for whatever reason, the
   kernel kills everything it started. It is told to die when its parent does, and so on up to
   the caller: a ``kill -9`` of the caller leaves nothing running.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from netplay.errors import HostError
from netplay.kernel import idmap as idmaps
from netplay.kernel import libc
from netplay.kernel.fork import die_with_parent, fork

__all__ = ["run_inside", "start_inside"]


def run_inside(idmap: idmaps.IdMap, action: Callable[[], int], namespaces: int = 0) -> int:
    """Runs *action* inside and returns its exit status (minus the signal that killed it).

    Raises HostError when the namespace cannot be made or *action* raised OSError.
    """
    pid, errors = start_inside(idmap, action, namespaces)
    try:
        with open(errors, "rb") as pipe:
            said = pipe.read().decode(errors="replace")
        _, status = os.waitpid(pid, 0)
    except BaseException:  # Ctrl-C: the child is in a session of its own and did not see it
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    if said:
        raise HostError(said)
    return os.waitstatus_to_exitcode(status)


def start_inside(
    idmap: idmaps.IdMap, action: Callable[[], int], namespaces: int = 0
) -> tuple[int, int]:
    """Starts *action* inside and returns (pid, descriptor).

    The descriptor gives the text of an error and then, when *action* has executed another
    program or ended, end of file. The caller reaps the pid, and owns both.
    """
    errors, child_errors = os.pipe()
    go, parent_go = os.pipe()
    parent = os.getpid()
    pid = fork()
    if pid == 0:
        os.close(errors)
        os.close(parent_go)
        _child(parent, action, namespaces, go, child_errors)
    os.close(go)
    os.close(child_errors)
    try:
        _let_go(pid, idmap, errors, parent_go)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(errors)
        raise
    finally:
        os.close(parent_go)
    return pid, errors


def _let_go(pid: int, idmap: idmaps.IdMap, errors: int, go: int) -> None:
    """Waits until the child is in its namespace, writes the map, and tells it."""
    if os.read(errors, 1) != b"+":
        raise HostError(os.read(errors, 4096).decode(errors="replace"))
    idmaps.write(pid, idmap)
    os.write(go, b"+")


def _child(parent: int, action: Callable[[], int], namespaces: int, go: int, errors: int) -> None:
    status = 1
    try:
        os.setsid()
        _enter_user_namespace(errors)
        if os.read(go, 1) == b"+":
            os.close(go)
            # user_namespaces(7): the first process has all capabilities until exec
            os.setresgid(0, 0, 0)
            os.setgroups([])
            os.setresuid(0, 0, 0)
            # prctl(2): a change of ids clears it, so only now
            die_with_parent()
            if os.getppid() == parent:
                libc.unshare(namespaces)
                first = bool(namespaces & libc.CLONE_NEWPID)
                status = _as_first_process(action, errors) if first else action()
    except Exception as error:  # told to the parent, whatever it is
        os.write(errors, _sentence(error))
    finally:
        os._exit(status)


def _enter_user_namespace(errors: int) -> None:
    try:
        libc.unshare(libc.CLONE_NEWUSER)
    except OSError as error:
        os.write(errors, b"-")
        raise OSError(
            error.errno,
            "this computer does not let this user make a user namespace "
            f"({error.strerror}); try: netplay doctor",
        ) from error
    os.write(errors, b"+")


def _as_first_process(action: Callable[[], int], errors: int) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            die_with_parent()
            status = action()
        except Exception as error:
            os.write(errors, _sentence(error))
        finally:
            os._exit(status)
    os.close(errors)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _sentence(error: Exception) -> bytes:
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or repr(error)).encode()
