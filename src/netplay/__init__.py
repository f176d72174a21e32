"""netplay: a miniature Internet on one Linux computer.

    from netplay import Lab, playground

    with Lab(playground()) as lab:
        print(lab["h1"].run("traceroute", "www.example.com").stdout)

Importing this package imports nothing else: names are looked up when they are first used, so
it needs no Linux, no rights and no third-party package.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing.TYPE_CHECKING costs an import; type checkers know the name
if TYPE_CHECKING:
    from netplay.compiler import Network
    from netplay.errors import (
        HostError,
        LabError,
        LessonError,
        NetplayError,
        TopologyError,
    )
    from netplay.lab import Completed, Lab, Node, Process
    from netplay.loading import load
    from netplay.model import Topology
    from netplay.playground import playground

__version__ = "0.1.0"

_HOMES = {
    "Completed": "lab",
    "HostError": "errors",
    "Lab": "lab",
    "LabError": "errors",
    "LessonError": "errors",
    "NetplayError": "errors",
    "Network": "compiler",
    "Node": "lab",
    "Process": "lab",
    "Topology": "model",
    "TopologyError": "errors",
    "load": "loading",
    "playground": "playground",
}

__all__ = [
    "Completed",
    "HostError",
    "Lab",
    "LabError",
    "LessonError",
    "NetplayError",
    "Network",
    "Node",
    "Process",
    "Topology",
    "TopologyError",
    "load",
    "playground",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'netplay' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"netplay.{_HOMES[name]}"), name)
    # The function `playground` has the name of its module, which the import has just put here.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
