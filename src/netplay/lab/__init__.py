"""A running lab, as everything outside it holds one: `Lab`, its `Node`, their `Process`.

The names are looked up when they are first used: `direct` and `terminal` do without them, and
``netplay h1 true`` with it without 60 ms of imports.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netplay.lab.lab import Lab
    from netplay.lab.node import Node
    from netplay.lab.process import Completed, Process

_HOMES = {"Completed": "process", "Lab": "lab", "Node": "node", "Process": "process"}

__all__ = ["Completed", "Lab", "Node", "Process"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'netplay.lab' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"netplay.lab.{_HOMES[name]}"), name)
