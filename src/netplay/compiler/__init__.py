"""From a description of a network to the model: pure, and all mistakes at once.

The description is a containerlab topology file (``*.clab.yml``), the same data made in Python, or
the `Network` builder. `docs/topology.md` describes the format.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from netplay.compiler.build import Network
from netplay.compiler.cells import Problems
from netplay.compiler.node_words import Services
from netplay.compiler.parse import parse
from netplay.compiler.read import Data, Document, read_text
from netplay.compiler.resolve import resolve
from netplay.errors import Problem, TopologyError
from netplay.model import Topology

__all__ = ["SCHEMA", "Network", "compile_raw", "load", "loads", "validate"]

# The JSON Schema of topology files, for editors and other programs.
SCHEMA = os.path.join(os.path.dirname(__file__), "netplay.schema.json")


def load(
    path: str | os.PathLike[str],
    *,
    services: Services | None = None,
    strict: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Topology:
    """The topology in the file at *path*.

    *services* maps the names of known services to the keys of their settings; None takes any.
    With *strict*, what would be a warning is a problem. *environment* is what ``${NAME}`` in
    the file stands for (this process's own by default). Raises TopologyError with every problem,
    and OSError if the file cannot be read.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        message = f"this is not UTF-8: {error.reason} (byte {error.start})"
        raise TopologyError([Problem("", message, file=os.fspath(path))]) from None
    return loads(text, os.fspath(path), services=services, strict=strict, environment=environment)


def loads(
    text: str,
    file: str = "topology.clab.yml",
    *,
    services: Services | None = None,
    strict: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Topology:
    """The topology in *text*; *file* is for messages, and relative paths start from its folder."""
    document = read_text(text, file, os.environ if environment is None else environment)
    return _compile(document, services, strict)


def compile_raw(raw: Data, *, services: Services | None = None, strict: bool = False) -> Topology:
    """The topology in plain data, shaped as the file is: dictionaries, lists, strings."""
    return _compile(Document(raw), services, strict)


def validate(
    path: str | os.PathLike[str],
    *,
    services: Services | None = None,
    strict: bool = False,
    environment: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Every problem of the file at *path*, in its order; empty if there is none."""
    try:
        load(path, services=services, strict=strict, environment=environment)
    except TopologyError as error:
        return error.problems
    return ()


def _compile(document: Document, services: Services | None, strict: bool) -> Topology:
    problems = Problems(document)
    return resolve(parse(document, problems, services), problems, strict=strict)
