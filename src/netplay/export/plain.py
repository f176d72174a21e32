"""A topology as plain data, for ``--json``, for pages, and for tests to compare.

What has its usual value is left out, so that the data reads like the file it came from. Addresses
are strings, times seconds, rates bits per second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

from netplay.model import Endpoint, Topology


def plain(topology: Topology) -> dict[str, Any]:
    """*topology* as dictionaries, lists, strings and numbers."""
    data: dict[str, Any] = _plain(topology)
    return data


def _plain(value: object) -> Any:
    if isinstance(value, Endpoint):
        return str(value)
    if is_dataclass(value):
        said = ((field.name, getattr(value, field.name), _usual(field)) for field in fields(value))
        return {name: _plain(item) for name, item, usual in said if item != usual}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _usual(field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
