"""`lab.why("h1", "www:8080")`: can it be reached, and if not, why, in one sentence.

The node really looks the name up and really connects, while every link is recorded. What is then
said follows from the packets (where did they end?) and from what the nodes there say about
themselves (why there?); see `why_blame`. Nothing is guessed from the topology.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netplay.capture.dns import DNS, decode_dns
from netplay.capture.journeys import Journey
from netplay.capture.packet import Packet
from netplay.errors import LabError, suggestion
from netplay.lab.tapping import LOOPBACK
from netplay.lab.why_attempt import Attempt, attempt, nameservers, resolve
from netplay.lab.why_blame import Blame, Judge, furthest
from netplay.lab.why_facts import Facts
from netplay.names import forward_names
from netplay.structs import Frozen

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

_TARGET = re.compile(
    r"(\[(?P<six>[^\]]+)\]|(?P<host>[^:/\[\]]+)):(?P<port>\d+)(/(?P<how>tcp|udp))?"
)


class Finding(Frozen):
    """One step on the way: what was found at ``node``, and whether it is as it should be."""

    node: str
    text: str
    good: bool = True


class Explanation(Frozen):
    """Whether *node* can reach *target*; ``verdict`` says it in a sentence.

    ``cause`` is empty or one of: name, dns, route, link, wire, neighbour, forwarding, loop,
    filter, listener, loopback, address, unanswered, unknown. ``place`` is the node it lies at.
    """

    node: str
    target: str
    possible: bool
    verdict: str
    cause: str
    place: str
    findings: tuple[Finding, ...]


class _Target(Frozen):
    host: str
    port: int
    transport: str


def why(lab: Lab, node: str, target: str) -> Explanation:
    """Explains whether *node* can reach *target*: ``host:port``, ``[address]:port``, ``…/udp``."""
    wanted, name = _parsed(target), lab[node].name
    facts = Facts(lab)
    ends = [str(end) for link in lab.topology.links for end in (link.a, link.b)]
    findings: list[Finding] = []
    with lab.capture(*ends, f"{name}:{LOOPBACK}") as capture:
        addresses = resolve(lab[name], wanted.host)
        if addresses:
            tried = attempt(lab, name, addresses[0], wanted.port, wanted.transport)
    if not addresses:
        blame: Blame | None = _no_name(lab, name, wanted.host, capture.journeys)
    else:
        if wanted.host != str(addresses[0]):
            findings.append(Finding(name, f"{wanted.host} is {addresses[0]}"))
        blame = _judged(tried, name, capture.journeys, facts, findings)
    if blame is not None:
        findings.append(Finding(blame.node, blame.sentence, good=False))
        end = "" if blame.sentence.endswith("?") else "."
        verdict = f"{name} cannot reach {target}: {blame.sentence}{end}"
        return Explanation(name, target, False, verdict, blame.cause, blame.node, tuple(findings))
    verdict = f"{name} can reach {target}, in {tried.seconds * 1e3:.1f} ms."
    return Explanation(name, target, True, verdict, "", "", tuple(findings))


def _parsed(text: str) -> _Target:
    found = _TARGET.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise LabError(f"'{text}' is not HOST:PORT, as in www:80, [2001:db8::1]:80 or ns:53/udp")
    return _Target(found["six"] or found["host"], int(found["port"]), found["how"] or "tcp")


def _judged(
    tried: Attempt, node: str, journeys: Sequence[Journey], facts: Facts, findings: list[Finding]
) -> Blame | None:
    """What stopped *tried*; the steps before it are added to *findings*."""
    judge = Judge(journeys, facts)
    own = [journey for journey in journeys if _is_of(journey.first, node, tried)]
    way = furthest(own, facts)
    if not way:
        return judge.unsent(node, tried.target) if tried.error else None
    findings += _steps(way)
    if not tried.error:
        return None
    blame = judge.ended(way)
    if blame is None:
        findings.append(Finding(way[-1].node, "the packet arrives"))
        blame = judge.answered(way[-1])
    return blame or Blame(
        "unknown", node, f"{node} gets the answer and makes nothing of it ({tried.error})"
    )


def _is_of(packet: Packet, node: str, tried: Attempt) -> bool:
    ip = packet.ip
    if ip is None or packet.ports is None or packet.node != node:
        return False
    ports = (tried.source_port, tried.port)
    return ip.destination == tried.target and packet.ports == ports


def _steps(way: Sequence[Packet]) -> list[Finding]:
    """Each node that passed the packet on, and what NAT did to it there."""
    found = []
    came: Packet | None = None
    for packet in way:
        if packet.direction != "out" or packet.ip is None:
            came = packet
            continue
        text = f"sends it out of {packet.point.partition(':')[2]}"
        before = came.ip if came is not None else None
        if before is not None and before.source != packet.ip.source:
            text += f", as from {packet.ip.source} (NAT)"
        if before is not None and before.destination != packet.ip.destination:
            text += f", to {packet.ip.destination} (NAT)"
        found.append(Finding(packet.node, text))
    return found


def _no_name(lab: Lab, node: str, host: str, journeys: Sequence[Journey]) -> Blame:
    """Why *host* has no address."""
    servers = nameservers(lab[node])
    near = suggestion(host, forward_names(lab.topology))
    hint = near if "did you mean" in near else ""
    if not servers:
        return Blame("name", node, f"{node} has no name server, and does not know '{host}'{hint}")
    answers = [answer for journey in journeys if (answer := _answer(journey.first, host))]
    if not answers:
        return _silent(lab, node, servers[0])
    # The search list makes several names of one: the last word is about the name itself.
    codes = {answer.rcode for answer in answers}
    for code in sorted(codes - {"NOERROR", "NXDOMAIN"}):
        return Blame(
            "dns", node, f"the name server {servers[0]} cannot say who '{host}' is: {code}"
        )
    if "NOERROR" in codes:
        return Blame("name", node, f"'{host}' is a name without an address")
    return Blame("name", node, f"there is no name '{host}' (NXDOMAIN){hint}")


def _silent(lab: Lab, node: str, server: str) -> Blame:
    """No answer of the name server came: why that cannot be reached is the answer."""
    place = f"[{server}]" if ":" in server else server
    found = why(lab, node, f"{place}:53/udp")
    reason = found.verdict.rstrip(".").partition(": ")[2] or "it answers other questions"
    sentence = f"the name server {server} does not answer: {reason}"
    return Blame("dns", found.place or node, sentence)


def _answer(packet: Packet, host: str) -> DNS | None:
    """The DNS answer in *packet*, if it is about *host*."""
    if packet.ports is None or packet.ports[0] != 53:
        return None
    payload = bytes(packet.payload)[2:] if packet.tcp else packet.payload
    found = decode_dns(payload)
    if found is None or not found.response:
        return None
    start = host.rstrip(".").lower() + "."
    return found if any(q.name.lower().startswith(start) for q in found.questions) else None
