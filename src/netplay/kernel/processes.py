"""Starts a program on a node, in the keeper's name.

setns(2) into a pid namespace counts for children only. So the keeper enters the node's pid
namespace for the length of a fork; the child is then a process of the node (its parent there is
nobody, pid 0) and, outside, a child of the keeper, which therefore learns its exit status from
wait(2) without a helper in between.

The fork itself comes in two kinds. The fast one is posix_spawn(3): the keeper, which has one
thread, steps into all of the node's namespaces, has the program started there, and steps back:
nothing of the keeper's memory is copied, and a program starts in a third of the time. It cannot
become another user or take a terminal, nor say what a shell says of a program that is not
there; for these the slow kind forks first and lets the child do everything itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from netplay.kernel import accounts, libc
from netplay.kernel.fork import close_from
from netplay.structs import Frozen, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any, NoReturn

# Exec resets what is handled, but keeps what is ignored: Python ignores these two.
_IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)
_APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND
NOT_EXECUTABLE, NOT_FOUND = 126, 127  # what a shell returns (POSIX.1-2017, 2.8.2)

_ALL = libc.CLONE_NEWNET | libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
# /opt/netplay has the Python that the lessons use; the rest is Debian's root path.
_PATH = "/opt/netplay/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Command(Frozen, kw_only=True):
    """What to run and as whom. ``directory`` None is the user's home."""

    argv: tuple[str, ...]
    user: str = "root"
    directory: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    log: str | None = None  # on the node: standard output and error are appended to it
    terminal: bool = False  # standard input is a terminal and becomes the controlling one


class Home(Frozen):
    """The keeper's own namespaces, as descriptors: what it comes back to."""

    pid: int
    others: tuple[tuple[int, int], ...]  # descriptor, CLONE_NEW… flag

    @classmethod
    def here(cls) -> Home:
        """Those of the calling process."""
        kinds = {
            "net": libc.CLONE_NEWNET,
            "uts": libc.CLONE_NEWUTS,
            "ipc": libc.CLONE_NEWIPC,
            "mnt": libc.CLONE_NEWNS,
        }
        others = tuple((_open_namespace(name), flag) for name, flag in kinds.items())
        return cls(_open_namespace("pid"), others)


def _open_namespace(name: str) -> int:
    return os.open(f"/proc/self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)


def start(
    command: Command, *, pid_namespace: int, node: int, home: Home, streams: Sequence[int]
) -> int:
    """Starts *command* on a node and returns its process number as the keeper sees it.

    *pid_namespace* is the node's, *node* a pidfd of its first process. *streams* become
    descriptors 0, 1 and 2; an empty sequence means /dev/null. A program that cannot be
    run ends with 126 or 127, as in a shell.
    """
    if command.user == "root" and not command.terminal:
        with suppress(OSError):  # no such program, say: the slow way tells it as a shell does
            return _spawn(command, pid_namespace, node, home, streams)
    return _fork(command, pid_namespace, node, home, streams)


def _spawn(
    command: Command, pid_namespace: int, node: int, home: Home, streams: Sequence[int]
) -> int:
    environment = _environment("root", "/root", "/bin/bash", command)
    umask = os.umask(0o022)
    try:
        libc.setns(pid_namespace, libc.CLONE_NEWPID)
        libc.setns(node, _ALL)
        os.chdir(command.directory or "/root")
        libc.close_on_exec(3)  # the wall of close_from, for a child that does nothing itself
        return os.posix_spawn(
            _found(command.argv[0], environment["PATH"]),
            command.argv,
            environment,
            file_actions=_actions(streams, command.log),
            setsid=True,
            setsigmask=(),
            setsigdef=_IGNORED,
        )
    finally:
        for descriptor, kind in home.others:
            libc.setns(descriptor, kind)
        libc.setns(home.pid, libc.CLONE_NEWPID)
        os.umask(umask)


def _found(program: str, path: str) -> str:
    """Where *program* is, as execvp(3) looks for it; FileNotFoundError if it is nowhere."""
    if "/" in program:
        return program
    for folder in path.split(":"):
        if os.access(f"{folder}/{program}", os.X_OK):
            return f"{folder}/{program}"
    raise FileNotFoundError(program)


def _actions(streams: Sequence[int], log: str | None) -> list[tuple[Any, ...]]:
    """What posix_spawn does about the three standard streams, before the program is there."""
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_DUP2, stream, target) for target, stream in enumerate(streams)
    ]
    if not streams:
        actions = [(os.POSIX_SPAWN_OPEN, n, "/dev/null", os.O_RDWR, 0) for n in range(3)]
    if log is not None:
        actions.append((os.POSIX_SPAWN_OPEN, 1, log, _APPENDING, 0o644))
        actions.append((os.POSIX_SPAWN_DUP2, 1, 2))
    return actions


def _fork(
    command: Command, pid_namespace: int, node: int, home: Home, streams: Sequence[int]
) -> int:
    libc.setns(pid_namespace, libc.CLONE_NEWPID)
    child = os.fork()
    if child:
        libc.setns(home.pid, libc.CLONE_NEWPID)
        return child
    try:
        _become(command, node, streams)
    except BaseException as error:
        # The child of a fork must not unwind into its parent's stack, whatever happened.
        _complain(command, error)
        os._exit(NOT_EXECUTABLE)


def _become(command: Command, node: int, streams: Sequence[int]) -> NoReturn:
    libc.setns(node, _ALL)
    os.setsid()
    _connect(command, streams)
    person = accounts.user(command.user)
    environment = _environment(person.name, person.home, person.shell, command)
    accounts.become(person)
    os.chdir(_directory(command, person))
    os.umask(0o022)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in _IGNORED:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command.argv[0], command.argv, environment)
    except FileNotFoundError:
        _say(f"{command.argv[0]}: command not found")
        os._exit(NOT_FOUND)
    except OSError as error:
        _say(f"{command.argv[0]}: {error.strerror}")
        os._exit(NOT_EXECUTABLE)


def _environment(name: str, home: str, shell: str, command: Command) -> dict[str, str]:
    return {
        "PATH": _PATH,
        "HOME": home,
        "USER": name,
        "LOGNAME": name,
        "SHELL": shell,
        "LANG": "C.UTF-8",
        **command.environment,
    }


def _open_log(path: str) -> int:
    return os.open(path, _APPENDING | os.O_CLOEXEC, 0o644)


def _directory(command: Command, person: accounts.User) -> str:
    wanted = person.home if command.directory is None else command.directory
    return wanted if os.path.isdir(wanted) else "/"


def _connect(command: Command, streams: Sequence[int]) -> None:
    """Puts the three standard streams in place; everything else is closed by exec."""
    if streams:
        # Raised first: one that sits on 0, 1 or 2 would be overwritten by its neighbour.
        high = [os.dup(stream) if stream < 3 else stream for stream in streams]
        for target, stream in enumerate(high):
            os.dup2(stream, target)
    else:
        null = os.open("/dev/null", os.O_RDWR)
        for target in range(3):
            os.dup2(null, target)
    if command.log is not None:
        log = _open_log(command.log)
        os.dup2(log, 1)
        os.dup2(log, 2)
    if command.terminal:
        libc.controlling_terminal(0)
    close_from(3)


def _complain(command: Command, error: BaseException) -> None:
    what = command.argv[0] if command.argv else "(nothing)"
    _say(f"{what}: cannot be started: {error}")


def _say(text: str) -> None:
    with suppress(OSError):  # nobody listens: there is nothing left to do about it
        os.write(2, f"netplay: {text}\n".encode(errors="replace"))


def exit_status(status: int) -> int:
    """A wait status as a shell tells it: 128 + n for death by signal n."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
