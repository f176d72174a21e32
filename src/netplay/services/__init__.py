"""The daemons that a node can run: an explicit list, one module each.

To add one, write a module with a ``SERVICE`` (see ``service``) and add its name here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from netplay.errors import Problem, TopologyError, suggestion
from netplay.model import Topology
from netplay.services.service import Service

__all__ = ["SERVICES", "by_name", "check", "known"]

# Each the name of a service and of its module.
_NAMES = (
    "ssh",
    "dns",
    "ftp",
    "inetd",
    "postfix",
    "dovecot",
    "opendkim",
    "nginx",
    "httpbin",
    "geocoder",
    "postgresql",
    "bird",
    "nat64",
    "program",
)


class _Services(Mapping[str, Service]):
    """Every service by its name; its module is imported when it is first asked for."""

    def __getitem__(self, name: str) -> Service:
        if name not in _NAMES:
            raise KeyError(name)
        service: Service = import_module(f"netplay.services.{name}").SERVICE
        return service

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


class _Settings(Mapping[str, tuple[str, ...]]):
    """The keys that each service's settings may have."""

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return SERVICES[name].settings

    def __iter__(self) -> Iterator[str]:
        return iter(SERVICES)

    def __len__(self) -> int:
        return len(SERVICES)


SERVICES: Mapping[str, Service] = _Services()


def known() -> Mapping[str, tuple[str, ...]]:
    """What the compiler checks a topology against: every service with the keys of its settings."""
    return _Settings()


def check(topology: Topology) -> None:
    """TopologyError with every service, and every setting, of *topology* that there is not."""
    names = known()
    problems = []
    for node in topology.computers:
        for use in node.services:
            where = f"nodes.{node.name}.services.{use.name}"
            if use.name not in names:
                tail = suggestion(use.name, names)
                problems.append(Problem(where, f"no service is called '{use.name}'{tail}"))
                continue
            for key in use.settings:
                if key not in names[use.name]:
                    tail = suggestion(key, names[use.name])
                    problems.append(Problem(f"{where}.{key}", f"unknown key '{key}'{tail}"))
    if problems:
        raise TopologyError(problems)


def by_name(name: str, where: str = "services") -> Service:
    """The service called *name*; TopologyError, which says *where* it was asked for, if none is."""
    if name not in SERVICES:
        tail = suggestion(name, SERVICES)
        raise TopologyError([Problem(where, f"no service is called '{name}'{tail}")])
    return SERVICES[name]
