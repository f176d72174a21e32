"""Whose mail is this node's? The DNS says it with MX records, so nothing else repeats it."""

from __future__ import annotations

from netplay.model import Node, Record, Topology
from netplay.services.naming import names_leading_to

__all__ = ["exchanges", "mail_domain", "mail_domains"]


def mail_domains(topology: Topology, node: Node) -> tuple[str, ...]:
    """The domains with an MX record that leads to *node*, in the order of the records.

    An exchange may be an alias, as ``smtp`` often is of ``mail``. RFC 2181 §10.3 forbids
    that and everybody's mail server accepts it, so this one must know its own aliases too.
    """
    names = names_leading_to(topology, node)
    found = (record for record in topology.records if record.type == "MX")
    return tuple(dict.fromkeys(record.name for record in found if _exchange(record) in names))


def exchanges(topology: Topology, domain: str) -> tuple[str, ...]:
    """The hosts that take the mail of *domain*, in the order of the records."""
    found = (r for r in topology.records if (r.name, r.type) == (domain, "MX"))
    return tuple(dict.fromkeys(_exchange(record) for record in found))


def mail_domain(topology: Topology, node: Node) -> str:
    """The domain in the addresses of the people on *node*: ``example.com``.

    Without any MX record a host is its own mail domain (RFC 5321 §5.1).
    """
    return next(iter(mail_domains(topology, node)), node.hostname)


def _exchange(record: Record) -> str:
    # RFC 1035 §3.3.9: a preference, then the name of the host.
    return record.value.split()[-1].rstrip(".")
