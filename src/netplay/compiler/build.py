"""Networks in Python: a builder that writes the same data as a topology file.

    net = Network("cafe")
    net.host("laptop")
    net.router("modem", masquerade="eth1")
    net.host("server", services=["nginx"])
    net.link("laptop", "modem")
    net.link("modem", "server", delay="20ms", loss="1%")
    topology = net.topology()

Nothing is checked before `topology`: then all mistakes come at once, as for a file.
"""

from __future__ import annotations

from collections.abc import Mapping

from netplay.compiler.cells import Problems
from netplay.compiler.node_words import Services
from netplay.compiler.parse import parse
from netplay.compiler.read import Data, Document
from netplay.compiler.resolve import resolve
from netplay.errors import suggestion
from netplay.model import Topology

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import TypedDict, Unpack
else:

    class TypedDict(dict):
        """Of the real one, what is needed here: the annotations, inherited ones included."""

        def __init_subclass__(cls, **_):
            for base in cls.__mro__[1:]:
                cls.__annotations__ |= vars(base).get("__annotations__", {})


Words = str | list[str] | tuple[str, ...]


class LabWords(TypedDict, total=False):
    """What `Network` takes: the words of ``lab`` in a topology file."""

    zones: Words
    records: Words
    accounts: Mapping[str, Mapping[str, str | int | bool]]
    layers: Words
    ipv4: str
    ipv6: str


class ComputerWords(TypedDict, total=False):
    """What `Network.host` takes: the words of a node in a topology file."""

    hostname: str
    aliases: Words
    addresses: Mapping[str, Words]  # by interface
    routes: Words  # as `ip route` writes them
    services: Words | Mapping[str, Mapping[str, object]]
    nameservers: Words
    search: Words
    sysctls: Mapping[str, str | int]
    environment: Mapping[str, str]
    binds: Words
    ports: Words
    commands: Words


class RouterWords(ComputerWords, total=False):
    """What `Network.router` takes."""

    masquerade: str | Mapping[str, str | bool]


class OneWay(TypedDict, total=False):
    """What is wrong with one direction of a link."""

    delay: str
    jitter: str
    loss: str
    duplicate: str
    reorder: str
    corrupt: str
    rate: str
    queue: int


class LinkWords(OneWay, total=False):
    """What `Network.link` takes: the words of a link in a topology file."""

    forward: OneWay
    backward: OneWay
    mtu: int
    ipv4: tuple[str, str]  # of a and b; "" leaves that end alone
    ipv6: tuple[str, str]
    macs: tuple[str, str]


# Where the words of a computer stand in the file; what is not here is netplay's own.
PLACES = {
    "aliases": ("aliases",),
    "nameservers": ("dns", "servers"),
    "search": ("dns", "search"),
    "sysctls": ("sysctls",),
    "environment": ("env",),
    "binds": ("binds",),
    "ports": ("ports",),
    "commands": ("exec",),
}
_OF_LINK = ("mtu", "ipv4", "ipv6")


class Network:
    """A network under construction."""

    def __init__(self, name: str, **lab: Unpack[LabWords]) -> None:
        _refuse_unknown("Network", lab, LabWords)
        self.name = name
        self._lab = _plain(lab)
        self._nodes: dict[str, dict[str, Data]] = {}
        self._links: list[Data] = []
        self._used: set[str] = set()

    def host(self, name: str, **words: Unpack[ComputerWords]) -> str:
        """Add a computer that does not forward; gives its name back."""
        _refuse_unknown("host", words, ComputerWords)
        return self._add(name, "host", words)

    def router(self, name: str, **words: Unpack[RouterWords]) -> str:
        """Add a computer that forwards; with *masquerade* (an interface) it is a modem."""
        _refuse_unknown("router", words, RouterWords)
        return self._add(name, "router", words)

    def switch(self, name: str) -> str:
        """Add a switch; gives its name back."""
        return self._add(name, "switch", {})

    def link(self, a: str, b: str, **words: Unpack[LinkWords]) -> None:
        """Join two nodes, ``"h1"`` (its next free interface) or ``"h1:eth1"``.

        Times, shares and rates have units: ``delay="20ms"``, ``loss="1%"``, ``rate="10mbit"``.
        They count for both directions; ``forward`` (from *a* to *b*) and ``backward`` come on top.
        """
        _refuse_unknown("link", words, LinkWords)
        given = _plain(words)
        assert isinstance(given, dict)
        ends = self._end(a), self._end(b)
        link: dict[str, Data] = {"endpoints": list(ends)}
        macs = words.get("macs", ("", ""))
        if any(macs):
            # Only the extended form has a place for them.
            link = {
                "type": "veth",
                "endpoints": [_extended(*end) for end in zip(ends, macs, strict=True)],
            }
        given.pop("macs", None)
        link |= {key: value for key, value in given.items() if key in _OF_LINK}
        own = {key: value for key, value in given.items() if key not in _OF_LINK}
        if own:
            link["vars"] = {"netplay": own}
        self._links.append(link)

    def service(self, node: str, name: str, **settings: object) -> None:
        """Let *node* run the service called *name*."""
        if node not in self._nodes:
            raise KeyError(f"no node is called '{node}'{suggestion(node, self._nodes)}")
        own = _inner(self._nodes[node], "config", "vars", "netplay")
        services = own.setdefault("services", [])
        assert isinstance(services, list)
        services.append({name: _plain(settings)} if settings else name)

    def raw(self) -> Data:
        """The network as plain data, shaped as a topology file."""
        topology: dict[str, Data] = {"nodes": dict(self._nodes), "links": list(self._links)}
        if self._lab:
            topology["defaults"] = {"config": {"vars": {"netplay": {"lab": self._lab}}}}
        return {"name": self.name, "topology": topology}

    def topology(self, *, services: Services | None = None, strict: bool = False) -> Topology:
        """The finished network; TopologyError with every problem, if there is one."""
        document = Document(self.raw())
        problems = Problems(document)
        return resolve(parse(document, problems, services), problems, strict=strict)

    def _add(self, name: str, role: str, words: Mapping[str, object]) -> str:
        if name in self._nodes:
            raise ValueError(f"there is a node called '{name}' already")
        node: dict[str, Data] = {}
        own = _inner(node, "config", "vars", "netplay")
        own["role"] = role
        for word, value in words.items():
            if word in PLACES:
                *path, key = PLACES[word]
                _inner(node, *path)[key] = _plain(value)
            else:
                own[word] = _plain(value)
        if isinstance(services := own.get("services"), str):
            own["services"] = [services]
        elif isinstance(services, dict):
            own["services"] = [{key: value} for key, value in services.items()]
        self._nodes[name] = node
        return name

    def _end(self, end: str) -> str:
        """The endpoint *end*, with the next free interface if it names none."""
        node, _, interface = end.partition(":")
        if not interface:
            own = _inner(self._nodes.get(node, {}), "config", "vars", "netplay")
            switch = own.get("role") == "switch"
            number = 1 if switch else 0
            word = "port" if switch else "eth"
            while f"{node}:{word}{number}" in self._used:
                number += 1
            interface = f"{word}{number}"
        self._used.add(f"{node}:{interface}")
        return f"{node}:{interface}"


def _inner(data: dict[str, Data], *path: str) -> dict[str, Data]:
    """The mapping at *path* inside *data*, made if it is not there."""
    for key in path:
        inner = data.setdefault(key, {})
        assert isinstance(inner, dict)
        data = inner
    return data


def _extended(end: str, mac: str) -> Data:
    node, _, interface = end.partition(":")
    return {"node": node, "interface": interface, **({"mac": mac} if mac else {})}


def _plain(value: object) -> Data:
    """*value* as a file would hold it: no tuples, no other mappings than dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


def _refuse_unknown(what: str, words: Mapping[str, object], known: type) -> None:
    names = known.__annotations__  # inherited ones included, as TypedDict makes them
    for word in [word for word in words if word not in names]:
        raise TypeError(f"{what}() takes no argument '{word}'{suggestion(word, names)}")
