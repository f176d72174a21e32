"""Who answers questions about names, where nobody said it."""

from __future__ import annotations

from netplay.compiler.cells import Problems
from netplay.compiler.raw import RawTopology, is_link_local
from netplay.model import Address

_DNS = "dns"  # the name of the service


def find_nameservers(raw: RawTopology, problems: Problems) -> None:
    """Point every computer at the node that runs DNS, and let short names end in its zones."""
    del problems
    servers: list[Address] = []
    for node in raw.computers:
        found = [address.ip for address in node.addresses if not is_link_local(address.ip)]
        if _DNS in node.config.services and found:
            servers.append(min(found, key=lambda address: address.version))
    zones = tuple(at.value for at in raw.lab.zones if at.value != ".")
    for node in raw.computers:
        given = node.config
        node.nameservers = tuple(servers) if given.nameservers is None else given.nameservers
        node.search = zones if given.search is None else given.search
