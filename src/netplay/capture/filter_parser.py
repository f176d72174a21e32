"""The grammar of pcap-filter(7), by recursive descent.

Two of its rules are easily missed: ``and`` and ``or`` bind equally, from left to right; and a
bare name takes over the words before the last one, so that ``tcp dst port 80 or 443`` says what
one thinks it says.
"""

from __future__ import annotations

from netplay.capture import filter_tests as tests
from netplay.capture import filter_values as values
from netplay.capture.filter_arithmetic import may_begin, relation
from netplay.capture.filter_lexer import NUMBER, Cursor, FilterProblem, Token
from netplay.capture.filter_names import Head, Hosts, both, named
from netplay.capture.filter_values import Predicate
from netplay.capture.frame import Direction

_ELSEWHERE = frozenset({"gateway", "mpls", "pppoed", "pppoes", "geneve", "wlan", "protochain"})


def parse(text: str, hosts: Hosts) -> Predicate:
    """The question that *text* asks; FilterProblem if it is none."""
    parser = _Parser(text, hosts)
    return parser.whole()


class _Parser:
    def __init__(self, text: str, hosts: Hosts) -> None:
        self._cursor, self._hosts = Cursor(text), hosts
        self._head = Head()

    def whole(self) -> Predicate:
        if not self._cursor.next.text:
            return tests.always
        found = self._expression()
        if self._cursor.next.text:
            word = self._cursor.next.text
            raise self._cursor.problem(f"'and' or 'or' should stand before {word!r}")
        return found

    def _expression(self) -> Predicate:
        left = self._term()
        while word := self._cursor.accept("and", "or"):
            right = self._term()
            left = both(left, right) if word == "and" else _either(left, right)
        return left

    def _term(self) -> Predicate:
        cursor = self._cursor
        if cursor.accept("not"):
            inner = self._term()
            return lambda packet: not inner(packet)
        if not may_begin(cursor):
            return self._primitive()
        if cursor.next.text != "(":
            return relation(cursor)
        # "(tcp[13] & 2) != 0" and "(tcp)" begin alike: try one, then the other.
        begin, head = cursor.place, self._head
        try:
            return relation(cursor)
        except FilterProblem as first:
            cursor.place, self._head = begin, head
            cursor.expect("(")
            try:
                return self._group()
            except FilterProblem as second:
                # Who came further has understood more.
                raise (first if first.column > second.column else second) from None

    def _group(self) -> Predicate:
        found = self._expression()
        self._cursor.expect(")")
        return found

    def _primitive(self) -> Predicate:
        cursor, token = self._cursor, self._cursor.next
        if not token.text:
            raise cursor.problem("something to look for is missing here")
        if not token.is_word or token.text in ("and", "or", "len", "mask"):
            raise cursor.problem(f"{token.text!r} cannot stand here")
        if token.text in _ELSEWHERE and not token.quoted:
            raise cursor.problem(f"{token.text!r} is known to tcpdump, but not here")
        if token.quoted or token.text not in tests.WORDS:
            return named(cursor, self._head, self._hosts)  # the words before still hold
        if token.text in tests.SPECIAL:
            return self._special(cursor.take(), "")
        return self._qualified(cursor.accept(*tests.PROTOCOL_WORDS))

    def _qualified(self, protocol: str) -> Predicate:
        """``[protocol] [direction] [type] name``, or the protocol alone."""
        cursor = self._cursor
        if protocol and cursor.next.text in ("broadcast", "multicast"):
            return self._special(cursor.take(), protocol)
        way, kind = self._way(), cursor.accept(*tests.TYPES)
        if not way and not kind:
            if cursor.next.is_word and cursor.next.text not in ("and", "or"):
                words = "src, dst, host, net, port, 'and' or 'or'"
                raise cursor.problem(f"after {protocol!r} comes {words}")
            return tests.protocol(protocol)
        self._head = Head(protocol, way or "src or dst", kind or "host")
        return named(cursor, self._head, self._hosts)

    def _way(self) -> str:
        """``src``, ``dst``, ``src or dst``, ``src and dst``."""
        cursor = self._cursor
        way = cursor.accept(*tests.DIRECTIONS)
        joint, other = cursor.next.text, cursor.ahead(1).text
        if way and joint in ("and", "or") and other in tests.DIRECTIONS - {way}:
            cursor.place += 2
            return f"src {joint} dst"
        return way

    def _special(self, token: Token, protocol: str) -> Predicate:
        cursor, word = self._cursor, token.text
        if word in ("less", "greater"):
            symbol, limit = ("<=" if word == "less" else ">="), values.constant(cursor.number())
            return values.relation(symbol, values.length, limit)
        if word in ("inbound", "outbound"):
            wanted = Direction.IN if word == "inbound" else Direction.OUT
            return lambda packet: packet.direction is wanted
        if word in ("on", "ifname"):
            name = cursor.take()
            if not name.is_word:
                raise cursor.problem(f"after {word!r} comes a node or a point, as h1:eth1", name)
            return tests.at_point(name.text)
        if word == "vlan":
            return tests.vlan(cursor.number() if NUMBER.fullmatch(cursor.next.text) else None)
        if word == "multicast" and protocol in ("ip", "ip6"):
            return tests.ip_multicast(4 if protocol == "ip" else 6)
        if protocol not in ("", "ether", "link"):
            raise cursor.problem(f"'{protocol} {word}' is not known; '{word}' alone is", token)
        return tests.broadcast if word == "broadcast" else tests.multicast


def _either(left: Predicate, right: Predicate) -> Predicate:
    return lambda packet: left(packet) or right(packet)
