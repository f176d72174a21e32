"""containerlab's words about a node, each read by a function into `NodeConfig`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from netplay.compiler import known, words
from netplay.compiler.cells import At, Cell
from netplay.compiler.raw import NodeConfig
from netplay.structs import Frozen

Services = Mapping[str, tuple[str, ...]]


class Setting(Frozen):
    """What parsing needs besides the text: the folder of the file, and the known services."""

    folder: str
    services: Services | None


Reader = Callable[[Cell, NodeConfig, Setting], None]


def _kind(cell: Cell, config: NodeConfig, _: Setting) -> None:
    if (word := cell.word(sorted(known.KINDS), "kind")) is not None:
        config.kind = At(word, cell.where)


def _group(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.group = cell.parsed(str)


def _exec(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.commands = tuple(at.value for item in cell.list() if (at := item.parsed(str)))


def _env(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.environment |= _texts(cell)


def _env_files(cell: Cell, config: NodeConfig, setting: Setting) -> None:
    found: dict[str, str] = {}
    for item in cell.list():
        if (name := item.text()) is None:
            continue
        try:
            with open(os.path.join(setting.folder, name), encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            item.refuse(f"'{name}' cannot be read: {reason}")
            continue
        lines = (line.strip() for line in text.splitlines())
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        found |= {key.strip(): value.strip() for key, _, value in pairs}
    config.environment = found | config.environment


def _sysctls(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.sysctls = _texts(cell)


def _binds(cell: Cell, config: NodeConfig, setting: Setting) -> None:
    found = cell.all_parsed(lambda text: words.bind(text, setting.folder))
    config.binds = {at.value.target: at.value for at in found}


def _ports(cell: Cell, config: NodeConfig, _: Setting) -> None:
    for item in cell.items():
        if (found := item.parsed(words.ports)) is None:
            continue
        config.ports += tuple(At(port, item.where) for port in found.value.ports)
        if found.value.reason:
            config.unpublished += (At(found.value.reason, item.where),)


def _dns(cell: Cell, config: NodeConfig, _: Setting) -> None:
    entries = cell.mapping({"servers", "search", "options"})
    if "servers" in entries:
        found = entries["servers"].all_parsed(words.address)
        config.nameservers = tuple(at.value for at in found)
    if "search" in entries:
        names = entries["search"].all_parsed(words.host_name)
        config.search = tuple(at.value for at in names)


def _aliases(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.aliases = cell.all_parsed(words.host_name)


def _texts(cell: Cell) -> dict[str, str]:
    # `NAME:` without a value is the empty string, as in a shell.
    cells = cell.mapping().items()
    texts = ((name, entry.text() if entry else "") for name, entry in cells)
    return {name: text for name, text in texts if text is not None}


READERS: dict[str, Reader] = {
    "kind": _kind,
    "group": _group,
    "exec": _exec,
    "env": _env,
    "env-files": _env_files,
    "sysctls": _sysctls,
    "binds": _binds,
    "ports": _ports,
    "dns": _dns,
    "aliases": _aliases,
}
