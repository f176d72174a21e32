"""The control socket: who may ask, and the table of what can be asked (see `protocol`)."""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import sys
from collections.abc import Callable, Mapping, Sequence

from netplay.cables import CLEAN, Impair
from netplay.keeper import protocol
from netplay.keeper.cables import cable_of, changed
from netplay.keeper.computer import Broken
from netplay.keeper.keeper import Keeper, memory_file
from netplay.keeper.session import Session
from netplay.kernel.network import Namespace
from netplay.kernel.processes import Command

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

_OVERFLOW_UID = 65534  # how an id without a place in the map looks (user_namespaces(7))


class Refusal(Exception):
    """The client asked for something that cannot be; the message goes back to it."""


class Control:
    """The listening socket and one `_Line` for each client."""

    def __init__(self, keeper: Keeper, listener: socket.socket, *, started_by_root: bool) -> None:
        self._keeper = keeper
        self._listener = listener
        # The socket's mode (0600, in a folder of mode 0700) is the real guard; the peer's uid is
        # looked at as well. As the lab sees it, the owner is 0; when root started it, root
        # has no place in the map and looks like everybody without one.
        self._welcome = {0, _OVERFLOW_UID} if started_by_root else {0}
        keeper.loop.watch(listener, selectors.EVENT_READ, self._arrived)

    def _arrived(self, _: int) -> None:
        line, _address = self._listener.accept()
        credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if struct.unpack("iII", credentials)[1] not in self._welcome:
            line.close()
            return
        _Line(self._keeper, line)


class _Line:
    """One client's connection."""

    def __init__(self, keeper: Keeper, line: socket.socket) -> None:
        self.keeper = keeper
        self._line = line
        self.session: Session | None = None
        keeper.loop.watch(line, selectors.EVENT_READ, self._readable)

    def tell(self, message: Mapping[str, object], descriptors: Sequence[int] = ()) -> None:
        """Sends an object; a client that has gone is noticed when its line is read."""
        try:
            protocol.send(self._line, message, descriptors)
        except OSError:
            self._close()

    def _readable(self, _: int) -> None:
        try:
            message, descriptors = protocol.receive(self._line)
        except (OSError, ValueError):
            message, descriptors = None, []
        if message is None:
            self._close()
            return
        try:
            self._answer(message, descriptors)
        except (Refusal, Broken) as refusal:
            self.tell({"error": str(refusal)})
        except (KeyError, TypeError, ValueError) as error:
            self.tell({"error": f"the request was not understood: {error!r}"})
        except OSError as error:
            self.tell({"error": f"{message.get('op')}: {error}"})
        except Exception as error:
            # A mistake of ours in one request must not end the lab: it goes to the keeper's log.
            sys.excepthook(*sys.exc_info())
            self.tell({"error": f"{message.get('op')}: {error!r}; see the keeper's log"})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _answer(self, message: dict[str, Any], descriptors: list[int]) -> None:
        if "signal" in message and self.session is not None:
            self.session.signal(int(message["signal"]))
            return
        operation = _OPERATIONS.get(str(message.get("op")))
        if operation is None:
            raise Refusal(f"no such request: {message.get('op')!r}")
        operation(self, message, descriptors)

    def _close(self) -> None:
        self.keeper.loop.forget(self._line)
        self._line.close()
        if self.session is not None:
            self.session.hang_up()
            self.session = None


def _state(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    line.tell(line.keeper.state(memory=bool(message.get("memory"))))


def _description(line: _Line, _message: dict[str, Any], _: list[int]) -> None:
    line.tell({}, (line.keeper.description,))


def _namespaces(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    user = os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        line.tell({}, (user, _namespace(line, message).descriptor))
    finally:
        os.close(user)


def _listening(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    _namespace(line, message)
    line.tell({"sockets": line.keeper.network.listening(str(message["node"]))})


def _namespace(line: _Line, message: dict[str, Any]) -> Namespace:
    node = str(message["node"])
    if node not in line.keeper.network.namespaces:
        raise Refusal(f"the lab has no node called '{node}'")
    return line.keeper.network.namespaces[node]


def _socket(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    _namespace(line, message)
    made = line.keeper.network.socket(
        str(message["node"]), int(message["family"]), int(message["type"]), int(message["protocol"])
    )
    with made:
        line.tell({}, (made.fileno(),))


def _run(line: _Line, message: dict[str, Any], descriptors: list[int]) -> None:
    if line.session is not None:
        raise Refusal("one line runs one program")
    command = Command(
        argv=tuple(message["argv"]),
        user=message.get("user", "root"),
        directory=message.get("directory"),
        environment=message.get("environment", {}),
        terminal=bool(message.get("terminal")),
    )
    computer = line.keeper.computer(message["node"])
    size = message.get("size")
    # The line's from now on: a client that has gone already is noticed when it is told the pid,
    # and then takes the program with it.
    session = line.session = Session(line.keeper.loop, line.tell)
    try:
        session.start(
            computer, command, descriptors, (int(size[0]), int(size[1])) if size else None
        )
    except BaseException:
        line.session = None
        raise
    line.keeper.sessions[session.pid] = session


def _await(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    line.keeper.await_services(float(message["seconds"]), line.tell)


def _service(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    daemon = line.keeper.daemon(message["node"], message["name"])
    action = message["action"]
    if action == "start":
        daemon.start()
        line.tell({"done": True})
    elif action == "stop":
        daemon.stop(lambda: line.tell({"done": True}))
    elif action == "restart":

        def again() -> None:
            daemon.start()
            line.tell({"done": True})

        daemon.stop(again)
    else:
        raise Refusal(f"a service can be started, stopped or restarted, not '{action}'")


def _reset(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    for node in message["nodes"]:
        line.keeper.reset(node)
    line.tell({"done": True})


def _switch(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    keeper = line.keeper
    act = keeper.switch_off if message["op"] == "off" else keeper.switch_on
    act(str(message["node"]))
    line.tell({"done": True})


def _impair(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    cables, cable = line.keeper.cables, cable_of(message["cable"])
    before = (CLEAN, CLEAN) if message["anew"] else cables.current(message["link"], cable)
    wanted = (message["forward"], message["backward"])
    forward, backward = (changed(*both) for both in zip(before, wanted, strict=True))
    if any(each.reorder and not each.delay for each in (forward, backward)):
        raise Refusal("reordering needs a delay: a packet overtakes those that wait for theirs")
    order = Impair(
        link=message["link"],
        cable=cable,
        forward=forward,
        backward=backward,
        seed=int(message["seed"]),
        seeds=(int(message["seeds"][0]), int(message["seeds"][1])),
    )
    cables.impair(order, exactly=bool(message["exactly"]), reseed=bool(message["reseed"]))
    line.tell({"done": True})


def _faults(line: _Line, _message: dict[str, Any], _: list[int]) -> None:
    # Of a large lab it is more than a message can be.
    memory = memory_file(json.dumps(line.keeper.cables.state()).encode())
    try:
        line.tell({}, (memory,))
    finally:
        os.close(memory)


def _cut(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    cables = line.keeper.cables
    act = cables.cut if message["op"] == "cut" else cables.mend
    act(message["link"], cable_of(message["cable"]), str(message.get("for", "")))
    line.tell({"done": True})


def _partition(line: _Line, message: dict[str, Any], _: list[int]) -> None:
    line.keeper.cables.partition(message["groups"], message["ruleset"])
    line.tell({"done": True})


def _down(line: _Line, _message: dict[str, Any], _: list[int]) -> None:
    line.tell({"done": True})
    line.keeper.loop.running = False


_OPERATIONS: dict[str, Callable[[_Line, dict[str, Any], list[int]], None]] = {
    "state": _state,
    "description": _description,
    "socket": _socket,
    "namespaces": _namespaces,
    "listening": _listening,
    "run": _run,
    "await": _await,
    "service": _service,
    "reset": _reset,
    "impair": _impair,
    "faults": _faults,
    "cut": _cut,
    "mend": _cut,
    "off": _switch,
    "on": _switch,
    "partition": _partition,
    "down": _down,
}
