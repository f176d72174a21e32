"""What can be wrong with a network whose every word is right.

Each check looks at the whole and adds every mistake that it finds; a row in `CHECKS` for each.
The kernel would refuse most of these too, but one at a time and in its own words.

What is wrong already has consequences: an address that could not be read takes its network with
it, and then no gateway is on it. Checks of such consequences leave out the nodes that an earlier
mistake touches, so that one mistake gives one message.
"""

from __future__ import annotations

from collections.abc import Callable

from netplay.compiler.cells import Problems
from netplay.compiler.raw import RawNode, RawTopology, is_link_local
from netplay.compiler.segment import loops, segments
from netplay.errors import suggestion
from netplay.model import Address, Network, Role, Route, RouteKind


def check(raw: RawTopology, problems: Problems) -> None:
    """Run every check."""
    for one in CHECKS:
        one(raw, problems)


def _switches(raw: RawTopology, problems: Problems) -> None:
    """A switch forwards frames; it has no addresses and runs nothing."""
    for node in raw.nodes.values():
        if node.role is not Role.SWITCH:
            continue
        for key in (
            "addresses",
            "routes",
            "masquerade",
            "services",
            "exec",
            "binds",
            "ports",
            "dns",
        ):
            if key in node.config.places:
                problems.add(
                    node.config.places[key],
                    f"a switch has no {key}; is {node.name} a router?",
                    key=True,
                )
        for end in node.interfaces.values():
            if "addresses" in node.config.places:
                break
            for at in end.addresses:
                problems.add(at.where, f"{end.node} is a switch; its ports have no addresses")


def _loops(raw: RawTopology, problems: Problems) -> None:
    """Two ways between two switches: frames would circle for ever (there is no spanning tree)."""
    for link in loops(raw):
        problems.add(
            link.where,
            f"this link closes a ring of switches ({link.a.node}, {link.b.node}); "
            "put a router into it",
        )


def _duplicates(raw: RawTopology, problems: Problems) -> None:
    """On one segment every address has one owner; behind different routers it may be used again."""
    for segment in segments(raw):
        owners: dict[Address, str] = {}
        for end in segment.interfaces:
            for at in end.addresses:
                owner = owners.setdefault(at.value.ip, end.node)
                if owner != end.node:
                    problems.add(at.where, f"{owner} has the address {at.value.ip} on this segment")


def _edges(raw: RawTopology, problems: Problems) -> None:
    """The first address of an IPv4 network names it, the last is broadcast (RFC 919, RFC 922)."""
    for node in raw.computers:
        for end in node.interfaces.values():
            for at in end.addresses:
                network = at.value.network
                if network.version == 6 or network.prefixlen >= 31:
                    continue
                if at.value.ip == network.network_address:
                    problems.add(at.where, f"{at.value.ip} is the network {network} itself")
                if at.value.ip == network.broadcast_address:
                    problems.add(at.where, f"{at.value.ip} is the broadcast address of {network}")


def _sound(raw: RawTopology, problems: Problems) -> list[RawNode]:
    """The computers that no mistake so far touches."""
    touched: set[str] = set()
    for place in problems.places:
        match place[:3]:
            case ("topology", "nodes", str(name)):
                touched.add(name)
            case ("topology", "links", int(index)):
                touched |= set(_nodes_near(raw, problems, index))
            case ("topology", "defaults" | "kinds" | "groups", *_):
                return []
    return [node for node in raw.computers if node.name not in touched]


def _nodes_near(raw: RawTopology, problems: Problems, link: int) -> list[str]:
    """The nodes that the wrong link at index *link* names or means."""
    import difflib  # wanted once somebody has mistyped, and not before

    ends = problems.document.value(("topology", "links", link, "endpoints"))
    names: list[str] = []
    for end in ends if isinstance(ends, list) else ():
        name = end.get("node") if isinstance(end, dict) else str(end).partition(":")[0]
        names += difflib.get_close_matches(str(name), raw.nodes)
    return names


def _unlinked(raw: RawTopology, problems: Problems) -> None:
    """Addresses of interfaces that no link gives the node."""
    for node in _sound(raw, problems):
        for name in node.config.addresses:
            if name not in node.interfaces:
                where = (*node.config.places["addresses"], name)
                tail = suggestion(name, node.interfaces)
                problems.add(where, f"no link ends at {node.name}:{name}{tail}", key=True)


def _routes(raw: RawTopology, problems: Problems) -> None:
    for node in _sound(raw, problems):
        if node.config.routes is not None:
            _routes_of(node, problems)


def _routes_of(node: RawNode, problems: Problems) -> None:
    """The kernel adds routes one by one: a gateway must be on a network known by then."""
    on_link: list[Network] = [address.network for address in node.addresses]
    own = {address.ip for address in node.addresses}
    seen: set[tuple[Network, RouteKind]] = set()
    for at in node.config.routes or ():
        route = at.value
        if message := _route_problem(route, node, on_link, own):
            problems.add(at.where, message)
        if (route.destination, route.kind) in seen:
            problems.add(at.where, f"{node.name} has another route to {route.destination}")
        seen.add((route.destination, route.kind))
        if route.kind is RouteKind.UNICAST and route.gateway is None:
            on_link.append(route.destination)


def _route_problem(
    route: Route, node: RawNode, on_link: list[Network], own: set[Address]
) -> str | None:
    if route.interface is not None and route.interface not in node.interfaces:
        tail = suggestion(route.interface, node.interfaces)
        return f"{node.name} has no interface '{route.interface}'{tail}"
    if route.source is not None and route.source not in own:
        tail = suggestion(str(route.source), map(str, own))
        return f"{route.source} is no address of {node.name}{tail}"
    if route.gateway in own:
        return f"the gateway {route.gateway} is {node.name} itself"
    if route.gateway is not None and is_link_local(route.gateway):
        # Every wire has all of fe80::/10: only the interface says which one is meant.
        return None if route.interface else f"the gateway {route.gateway} needs a 'dev'"
    if route.gateway is not None and not any(route.gateway in network for network in on_link):
        return (
            f"{node.name} is on no network with the gateway {route.gateway}; "
            f"put '{route.gateway} dev …' before this route"
        )
    return None


def _masquerades(raw: RawTopology, problems: Problems) -> None:
    for node in _sound(raw, problems):
        for at in node.config.masquerade or ():
            name = at.value.interface
            if name not in node.interfaces:
                tail = suggestion(name, node.interfaces)
                problems.add(at.where, f"{node.name} has no interface '{name}'{tail}")
            elif node.role is not Role.ROUTER:
                problems.add(at.where, f"{node.name} is a host; only a router masquerades")


def _names(raw: RawTopology, problems: Problems) -> None:
    """A name leads to one node; RFC 1035 §2.3.3: upper and lower case are the same."""
    owners: dict[str, str] = {}
    for node in raw.computers:
        owner = owners.setdefault(node.name.lower(), node.name)
        if owner != node.name:
            problems.add(node.where, f"the name '{node.name}' is also that of {owner}", key=True)
    for node in raw.computers:
        config = node.config
        for at in (*([config.hostname] if config.hostname else []), *config.aliases):
            owner = owners.setdefault(at.value.lower(), node.name)
            if owner != node.name:
                problems.add(at.where, f"the name '{at.value}' is also that of {owner}")


def _sysctls(raw: RawTopology, problems: Problems) -> None:
    """Only what the kernel keeps for each network namespace can be set on a node."""
    for node in raw.computers:
        for name in node.config.sysctls:
            if not name.replace("/", ".").startswith("net."):
                where = (*node.config.places["sysctls"], name)
                problems.add(
                    where, f"'{name}' is not under 'net.': it is one for the whole computer"
                )


def _ports(raw: RawTopology, problems: Problems) -> None:
    """A port of the computer leads to one node."""
    owners: dict[tuple[Address, int], str] = {}
    for node in raw.computers:
        for at in node.config.ports:
            key = at.value.address, at.value.port
            if key in owners:
                problems.add(at.where, f"port {key[1]} of {key[0]} leads to {owners[key]} already")
            owners.setdefault(key, node.name)


def _zones(raw: RawTopology, problems: Problems) -> None:
    zones = {at.value for at in raw.lab.zones}
    seen: set[str] = set()
    for zone in raw.lab.zones:
        if zone.value in seen:
            problems.add(zone.where, f"the zone '{zone.value}' is given twice")
        seen.add(zone.value)
    for record in raw.lab.records if not zones else ():
        problems.add(record.where, "there is no zone for this record; name it under 'zones'")
        break


CHECKS: tuple[Callable[[RawTopology, Problems], None], ...] = (
    _switches,
    _loops,
    _duplicates,
    _edges,
    _unlinked,
    _routes,
    _masquerades,
    _names,
    _sysctls,
    _ports,
    _zones,
)
