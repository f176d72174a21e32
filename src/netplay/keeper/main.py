"""Where a keeper begins: ``python -I -S -c … ORDER LISTENER LAUNCHER FITTER``, descriptors.

Everything is imported before the door is passed: afterwards the process may no longer be
able to read the folder that netplay is installed in (root's home, for example).
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import selectors
import signal
import socket
import stat
import time
from collections.abc import Mapping
from contextlib import suppress

from netplay.keeper.control import Control
from netplay.keeper.fitting import Fitting, NotFitted
from netplay.keeper.keeper import Keeper
from netplay.keeper.launch import GO, MOST_PORTS, STAY, Launch
from netplay.keeper.loop import Loop
from netplay.kernel import enter, mounts, nftables, root, seccomp
from netplay.kernel.accounts import Accounts
from netplay.kernel.network import allow_many_descriptors
from netplay.steps import BindMount
from netplay.structs import Frozen

_SCRATCH = "/tmp"  # every Linux has it, and the lab needs none of the computer's
_SCRATCH_BYTES = 256 * 1024 * 1024


def main(order: int, listening: int, launcher: int, fitter: int) -> None:
    """Becomes the keeper of one lab. The calling process ends as soon as the lab is born.

    *order* is a memory file, *listening* the control socket, the others lines to processes.
    """
    os.setsid()
    for descriptor in (order, listening, launcher, fitter):
        os.set_inheritable(descriptor, False)
    line = socket.socket(fileno=launcher)
    fitting = Fitting(socket.socket(fileno=fitter))
    nftables.library()  # there is time until the order comes
    said, ports, _, _ = socket.recv_fds(line, len(GO), MOST_PORTS, socket.MSG_CMSG_CLOEXEC)
    if said != GO:
        os._exit(0)  # whoever started this process does not want a lab after all
    if ports:
        import netplay.kernel.publishing  # noqa: F401  # its threads cost every other lab 1 ms
    try:
        with os.fdopen(order, "rb") as file:
            file.seek(0)
            launch: Launch = pickle.load(file)  # see launch.py: nobody else can write it
        started_by_root = os.geteuid() == 0
        sources = sorted({s.source for s in launch.steps if isinstance(s, BindMount)})
        listener = socket.socket(fileno=listening)
        place = os.open(os.path.dirname(listener.getsockname()), os.O_PATH | os.O_CLOEXEC)
        image, trees = enter.enter(*fitting.outer(), launch.image, sources)
        child = os.fork()
        if child:
            _say(line, {"keeper": child})
            os._exit(0)
        listeners = tuple(socket.socket(fileno=port) for port in ports)
        doors = _Doors(line, listener, place, started_by_root, listeners)
        _live(launch, fitting, doors, image, dict(zip(sources, trees, strict=True)))
    except BaseException as error:
        # The last stop of the process: whoever launched it is told, and it ends.
        told = str(error) if isinstance(error, NotFitted) else f"{type(error).__name__}: {error}"
        _say(line, {"error": told})
        os._exit(1)


class _Doors(Frozen):
    """The ways in which the outside reaches the keeper; ``place`` is the lab's folder there.

    ``ports`` are listening sockets of the computer's.
    """

    line: socket.socket
    listener: socket.socket
    place: int
    started_by_root: bool
    ports: tuple[socket.socket, ...]


def _live(
    launch: Launch,
    fitting: Fitting,
    doors: _Doors,
    image: tuple[int, ...],
    trees: dict[str, int],
) -> None:
    line = doors.line
    ground = _ground(image, trees)
    allow_many_descriptors()
    seccomp.hide_kernel_log()
    loop = Loop()

    def progress(stage: str) -> None:
        _say(line, {"stage": stage, "at": time.monotonic()})

    keeper = Keeper(launch, fitting, loop, ground, progress)

    def stop(_: int) -> None:
        loop.running = False

    def on_signal(number: int) -> None:
        keeper.children_died(number) if number == signal.SIGCHLD else stop(number)

    loop.on_signals((signal.SIGCHLD, signal.SIGTERM, signal.SIGINT), on_signal)
    keeper.build()
    keeper.publish(doors.ports)
    Control(keeper, doors.listener, started_by_root=doors.started_by_root)

    def launched(verdict: Mapping[str, object]) -> None:
        _say(line, {"up": verdict, "at": time.monotonic()})
        if not verdict["ready"]:
            loop.running = False

    def line_stirs(events: int) -> None:
        said = b""
        with suppress(OSError):
            said = line.recv(len(STAY))
        if said == STAY:
            # Only now may the launcher go: one that dies before it has said so takes the lab along.
            loop.forget(line)
            line.close()
        elif not said:
            stop(events)

    def look_after() -> None:
        # Whoever removes the folder (a session's end does) has taken the only way in: without
        # it nobody could use the lab or end it.
        if os.fstat(doors.place).st_nlink == 0:
            loop.running = False
        loop.later(_LOOK, look_after)

    look_after()
    loop.watch(line, selectors.EVENT_READ, line_stirs)
    # From here on the keeper mostly forks. What lives now lives for good: left alone by the
    # collector, its pages stay shared with every child until that execs.
    gc.freeze()
    gc.enable()
    keeper.run_commands()
    keeper.await_services(_PATIENCE, launched)
    loop.run()
    # Process 1 ends, and with it, by the kernel, everything else.
    os._exit(0)


_LOOK = 2.0  # seconds between two looks at the lab's folder
_PATIENCE = 60.0  # seconds until `up` gives up on a service; it says which, and why


def _ground(image: tuple[int, ...], trees: dict[str, int]) -> root.Ground:
    mounts.private()
    # Before /tmp is covered: a folder to be shared may lie below it, but its descriptor is open.
    mounts.tmpfs(_SCRATCH, _SCRATCH_BYTES)
    binds = {}
    os.mkdir(f"{_SCRATCH}/.binds")
    for number, (source, tree) in enumerate(trees.items()):
        target = f"{_SCRATCH}/.binds/{number}"
        if stat.S_ISDIR(os.fstat(tree).st_mode):
            os.mkdir(target)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))
        enter.attach(tree, target)
        binds[source] = target
    lower = []
    for number, folder in enumerate(image):
        lower.append(f"{_SCRATCH}/.image-{number}")
        os.mkdir(lower[-1])
        enter.attach(folder, lower[-1])
    mounts.proc()
    os.mkdir(f"{_SCRATCH}/.every", 0o755)
    return root.Ground(
        scratch=_SCRATCH,
        lower=(f"{_SCRATCH}/.every", *lower),
        accounts=Accounts.of(lower),
        binds=binds,
    )


def _say(line: socket.socket, message: dict[str, object]) -> None:
    with suppress(OSError):  # the launcher has gone; the loop notices it
        line.send(json.dumps(message).encode())
