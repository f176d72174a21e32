"""How the tests of services run things on a node: a line of shell, or a Python function."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from netplay.lab.node import Node

SECONDS = 30.0


def shell(node: Node, line: str, *, user: str = "root", seconds: float = SECONDS) -> str:
    """What *line* prints on *node*; it must succeed."""
    return node.run("sh", "-c", line, check=True, timeout=seconds, user=user).stdout


def call(
    node: Node,
    function: Callable[..., Any],
    *arguments: Any,
    env: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Any:
    """The result of *function*, run by *node*'s own Python.

    The text of the function is what travels, so it imports what it needs itself, and
    its arguments and result are what JSON can say.
    """
    source = textwrap.dedent(inspect.getsource(function))
    program = (
        f"from __future__ import annotations\nimport json, sys\n{source}\n"
        f"print(json.dumps({function.__name__}(*json.loads(sys.argv[1]))))\n"
    )
    argv = ("python3", "-c", program, json.dumps(arguments))
    return json.loads(node.run(*argv, check=True, timeout=seconds, env=env).stdout)
