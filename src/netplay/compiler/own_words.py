"""netplay's own words about a node, each read by a function into `NodeConfig`."""

from __future__ import annotations

from netplay.compiler import words
from netplay.compiler.cells import At, Cell
from netplay.compiler.node_words import Reader, Setting
from netplay.compiler.raw import NodeConfig
from netplay.errors import suggestion
from netplay.model import InterfaceAddress, Masquerade, Role

NAT = "nat"  # a router that masquerades: on its first interface, if it is not said where


def _role(cell: Cell, config: NodeConfig, _: Setting) -> None:
    word = cell.word([*(role.value for role in Role), NAT], "role")
    if word is not None:
        config.is_nat = word == NAT
        config.role = At(Role.ROUTER if config.is_nat else Role(word), cell.where)


def _hostname(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.hostname = cell.parsed(words.host_name)


def _addresses(cell: Cell, config: NodeConfig, _: Setting) -> None:
    for name, entry in cell.mapping().items():
        found: tuple[At[InterfaceAddress], ...] = ()
        if entry.data not in (None, "none"):
            found = entry.all_parsed(words.interface_address)
        config.addresses[name] = found


def _routes(cell: Cell, config: NodeConfig, _: Setting) -> None:
    config.routes = () if cell.data == "none" else cell.all_parsed(words.route)


def _masquerade(cell: Cell, config: NodeConfig, _: Setting) -> None:
    found = []
    for item in cell.items():
        if not isinstance(item.data, dict):
            if (at := item.parsed(words.interface_name)) is not None:
                found.append(At(Masquerade(interface=at.value), item.where))
            continue
        entries = item.mapping({"interface", "stateful", "ftp"})
        flags = {key: entries[key].flag() for key in ("stateful", "ftp") if key in entries}
        if "interface" not in entries:
            item.refuse("masquerade needs an interface, as in '{interface: eth0}'")
        elif (at := entries["interface"].parsed(words.interface_name)) is not None:
            found.append(At(Masquerade(interface=at.value, **flags), at.where))
    config.masquerade = tuple(found)


def _services(cell: Cell, config: NodeConfig, setting: Setting) -> None:
    for item in cell.items():
        if isinstance(item.data, dict):
            for name, settings in item.mapping().items():
                _service(name, settings, settings, config, setting)
        elif (word := item.text()) is not None:
            _service(word, item, None, config, setting)


def _service(
    name: str, place: Cell, settings: Cell | None, config: NodeConfig, setting: Setting
) -> None:
    values: dict[str, object] = {}
    if setting.services is not None and name not in setting.services:
        tail = suggestion(name, setting.services)
        place.refuse(f"no service is called '{name}'{tail}", key=settings is not None)
        return
    if settings is not None:
        allowed = setting.services[name] if setting.services is not None else None
        values = {key: entry.data for key, entry in settings.mapping(allowed).items()}
    config.services[name] = At(values, place.where)


READERS: dict[str, Reader] = {
    "role": _role,
    "hostname": _hostname,
    "addresses": _addresses,
    "routes": _routes,
    "masquerade": _masquerade,
    "services": _services,
}
