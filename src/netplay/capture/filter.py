"""Filters in the language of tcpdump, pcap-filter(7), asked of decoded packets.

    f = Filter("tcp dst port 80 and host www", {"www": [IPv4Address("10.130.1.4")]})
    f(packet)

All of the manual's primitives that make sense on Ethernet are there. Differences, all on the
generous side: what is inside a VLAN tag matches without the word ``vlan``; ``tcp`` looks
behind IPv6 extension headers, and ``tcp[...]`` works for IPv6; ``on NAME`` is the capture point
or node (the manual knows it from pf); names are looked up in a mapping, not by DNS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netplay.capture.filter_lexer import FilterProblem
from netplay.capture.filter_parser import parse
from netplay.capture.filter_values import TooShortError
from netplay.capture.packet import Packet
from netplay.model import Address


class Filter:
    """A question that packets are asked by calling it; the empty one is true of all.

    *hosts* has the addresses behind every name that may be used. LabError, with the
    column, if the text is not a filter.
    """

    __slots__ = ("_test", "text")

    def __init__(self, text: str, hosts: Mapping[str, Iterable[Address]] | None = None) -> None:
        self.text = text
        try:
            self._test = parse(text, hosts or {})
        except FilterProblem as problem:
            raise problem.explain(text) from None

    def __call__(self, packet: Packet) -> bool:
        try:
            return self._test(packet)
        except TooShortError:
            return False

    def __repr__(self) -> str:
        return f"Filter({self.text!r})"
