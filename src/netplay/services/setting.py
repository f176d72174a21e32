"""Settings of a service as a topology file gives them: plain data, made sure of here."""

from __future__ import annotations

from collections.abc import Mapping

from netplay.errors import Problem, TopologyError
from netplay.services.service import Context

__all__ = ["mapping", "number", "refused", "text", "texts"]


def text(context: Context, key: str, default: str | None = None) -> str:
    """The word at *key*; a number counts as one. TopologyError if there is none to take."""
    value = context.use.settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refused(context, key, "a word is wanted here")
    return str(value)


def texts(context: Context, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The list of words at *key*; one word is a list of one."""
    value = context.use.settings.get(key, default)
    found = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(item, str | int | float) for item in found):
        raise refused(context, key, "a list of words is wanted here, as in '[one, two]'")
    return tuple(map(str, found))


def number(context: Context, key: str) -> int | None:
    """The whole number at *key*, None if it is not given."""
    value = context.use.settings.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdecimal():
        raise refused(context, key, f"'{value}' is not a whole number")
    return int(str(value))


def mapping(context: Context, key: str) -> dict[str, str]:
    """The words by name at *key*; empty if it is not given."""
    value = context.use.settings.get(key, {})
    if not isinstance(value, Mapping):
        raise refused(context, key, "names with values are wanted here, as in '{eth0: 10}'")
    return {str(name): str(item) for name, item in value.items()}


def refused(context: Context, key: str, message: str) -> TopologyError:
    """The error about the setting *key* of a service."""
    where = f"nodes.{context.node.name}.services.{context.use.name}.{key}"
    return TopologyError([Problem(where, message)])
