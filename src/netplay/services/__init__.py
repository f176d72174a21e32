"""The daemons that a node can run: an explicit list, one module each.

To add one, write a module with a ``SERVICE`` (see ``service``) and add a row here.
"""

from __future__ import annotations

from netplay.errors import Problem, TopologyError, suggestion
from netplay.services import (
    dns,
    dovecot,
    ftp,
    geocoder,
    httpbin,
    inetd,
    nginx,
    opendkim,
    postfix,
    ssh,
)
from netplay.services.service import Service

__all__ = ["SERVICES", "by_name"]

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
)


def by_name(name: str, where: str = "services") -> Service:
    """The service called *name*; TopologyError, which says *where* it was asked for, if none is."""
    for service in SERVICES:
        if service.name == name:
            return service
    known = [service.name for service in SERVICES]
    raise TopologyError([Problem(where, f"no service is called '{name}'{suggestion(name, known)}")])
