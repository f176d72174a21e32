"""The daemons that a node can run: an explicit list, one module each.

To add one, write a module with a ``SERVICE`` (see ``service``) and add a row here.
"""

from __future__ import annotations

from netplay.errors import Problem, TopologyError, suggestion
from netplay.model import Topology
from netplay.services import (
    bird,
    dns,
    dovecot,
    ftp,
    geocoder,
    httpbin,
    inetd,
    nat64,
    nginx,
    opendkim,
    postfix,
    postgresql,
    program,
    ssh,
)
from netplay.services.service import Service

__all__ = ["SERVICES", "by_name", "check", "known"]

SERVICES: tuple[Service, ...] = (
    ssh.SERVICE,
    dns.SERVICE,
    ftp.SERVICE,
    inetd.SERVICE,
    postfix.SERVICE,
    dovecot.SERVICE,
    opendkim.SERVICE,
    nginx.SERVICE,
    httpbin.SERVICE,
    geocoder.SERVICE,
    postgresql.SERVICE,
    bird.SERVICE,
    nat64.SERVICE,
    program.SERVICE,
)


def known() -> dict[str, tuple[str, ...]]:
    """What the compiler checks a topology against: every service with the keys of its settings."""
    return {service.name: service.settings for service in SERVICES}


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
    for service in SERVICES:
        if service.name == name:
            return service
    known = [service.name for service in SERVICES]
    raise TopologyError([Problem(where, f"no service is called '{name}'{suggestion(name, known)}")])
