"""``node.call(function)``: a process of the computer whose network is a node's.

The fork first joins the lab's user namespace, where its owner is allowed everything, and then
the node's network namespace (setns(2)). Both descriptors come from the keeper. Files, memory
and modules stay the caller's.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable

from netplay.errors import LabError
from netplay.kernel import libc
from netplay.kernel.fork import fork

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from netplay.lab.node import Node

    _Result = TypeVar("_Result")


def call(node: Node, function: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result:
    """What *function* returned, or raises what it raised; see `Node.call`."""
    namespaces = node.namespaces()
    reading, writing = os.pipe2(os.O_CLOEXEC)
    # What is buffered would otherwise be written twice, by both processes.
    sys.stdout.flush()
    sys.stderr.flush()
    child = fork()  # there may be the thread of a capture
    if child == 0:
        os.close(reading)
        _run(writing, namespaces, function, arguments)
    os.close(writing)
    for descriptor in namespaces:
        os.close(descriptor)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if not data:
        code = os.waitstatus_to_exitcode(status)
        raise LabError(f"the process on {node.name} ended without a result (status {code})")
    good, value = pickle.loads(data)
    if not good:
        raise value
    result: _Result = value
    return result


def _run(
    writing: int,
    namespaces: tuple[int, int],
    function: Callable[..., object],
    arguments: tuple[object, ...],
) -> None:
    status = 1
    try:
        libc.setns(namespaces[0], libc.CLONE_NEWUSER)
        libc.setns(namespaces[1], libc.CLONE_NEWNET)
        answer: tuple[bool, Any] = (True, function(*arguments))
        status = 0
    except BaseException as error:
        # Whatever it is, it belongs to the caller, who is in the other process.
        answer = (False, error)
    try:
        data = pickle.dumps(answer)
    except Exception as error:
        data = pickle.dumps((False, LabError(f"the result cannot be handed over: {error}")))
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(data)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
