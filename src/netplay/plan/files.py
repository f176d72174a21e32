"""The files that every node has, whatever it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netplay.model import Node, Topology
from netplay.services.service import Credentials
from netplay.steps import EVERY, AddAccount, AppendFile, File, WriteFile

CA_FILE = "/usr/local/share/ca-certificates/netplay.crt"
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_IPV4_FIRST = """\
# gai.conf(5): IPv4 before IPv6, where a name has both.
precedence ::1/128       50
precedence ::ffff:0:0/96 45
precedence ::/0          40
precedence 2002::/16     30
precedence ::/96         20
"""


def shared_steps(
    topology: Topology, credentials: Credentials
) -> Iterator[AppendFile | AddAccount | WriteFile]:
    """What is the same on all nodes: people, the certificate authority, IPv4 before IPv6."""
    for account in topology.accounts:
        yield AddAccount(
            name=account.name,
            password=account.password,
            uid=account.uid,
            home=account.home,
            shell_path=account.shell,
            sudo=account.sudo,
        )
        if account.sudo:
            rule = f"{account.name} ALL=(ALL:ALL) NOPASSWD: ALL\n"
            yield _shared(File(path=f"/etc/sudoers.d/{account.name}", content=rule, mode=0o440))
    authority = credentials.authority.chain
    yield AppendFile(path=_BUNDLE, content=authority)
    yield _shared(File(path=CA_FILE, content=authority))
    # OpenSSL also looks for an authority in a file named after it (X509_LOOKUP_hash_dir(3)).
    link = f"/etc/ssl/certs/{credentials.authority_hash}.0"
    yield _shared(File(path=link, link=CA_FILE))
    yield _shared(File(path="/etc/gai.conf", content=_IPV4_FIRST))
    yield _shared(File(path="/var/log/netplay", mode=0o755))


def hosts(topology: Topology) -> dict[str, str]:
    """For every computer the lines of hosts(5) that lead to it."""
    return {
        node.name: "".join(f"{address} {' '.join(node.names)}\n" for address in _one_of_each(node))
        for node in topology.computers
    }


def node_files(node: Node, lines: Mapping[str, str]) -> Iterator[File]:
    """What tells a node who it is and whom to ask for names; *lines* are those of `hosts`."""
    yield File(path="/etc/hostname", content=node.hostname + "\n")
    yield File(path="/etc/hosts", content=_hosts(node, lines))
    yield File(path="/etc/resolv.conf", content=_resolver(node))


def _shared(file: File) -> WriteFile:
    return WriteFile(node=EVERY, file=file)


def _hosts(node: Node, lines: Mapping[str, str]) -> str:
    text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" + lines[node.name]
    # Where the lab has a name server, a node knows only itself by heart, as it should.
    others = () if node.nameservers else (lines[name] for name in lines if name != node.name)
    return text + "".join(others)


def _one_of_each(node: Node) -> Iterator[object]:
    seen = set()
    for address in node.addresses:
        if address.version not in seen:
            seen.add(address.version)
            yield address


def _resolver(node: Node) -> str:
    lines = [f"nameserver {address}" for address in node.nameservers]
    if node.search:
        lines.append("search " + " ".join(node.search))
    return "".join(line + "\n" for line in lines)
