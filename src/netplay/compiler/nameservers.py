"""Who answers questions about names, where nobody said it."""

from __future__ import annotations

from netplay.compiler.cells import Problems
from netplay.compiler.raw import RawTopology
from netplay.model import Address

_DNS = "dns"  # the name of the service


def find_nameservers(raw: RawTopology, problems: Problems) -> None:
    """Point every computer at the node that runs DNS, and let short names end in its zones."""
    del problems
    servers: list[Address] = []
    for node in raw.computers:
        if _DNS in node.config.services and node.addresses:
            servers.append(min(node.addresses, key=lambda address: address.version).ip)
    zones = tuple(at.value for at in raw.lab.zones if at.value != ".")
    for node in raw.computers:
        given = node.config
        node.nameservers = tuple(servers) if given.nameservers is None else given.nameservers
        node.search = zones if given.search is None else given.search
