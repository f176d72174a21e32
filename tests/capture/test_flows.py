"""TCP, segment by segment, and who talks to whom."""

from __future__ import annotations

import struct

import pytest

from netplay.capture import Conversation, Event, State, conversations, conversations_of, follow
from netplay.capture.tcp_state import Tracker
from tests.capture.packets import (
    ACK,
    FIN,
    PSH,
    RST,
    START,
    SYN,
    SYN_OPTIONS,
    Net,
    icmp,
    ip,
    packet,
    query,
    tcp,
    udp,
)  # fmt: skip

A, B = "10.0.0.1", "10.0.0.2"
DUPLICATE, GAP, FAST = Event.DUPLICATE_ACK, Event.GAP, Event.FAST_RETRANSMISSION


class Wire:
    """One connection as seen from one place; numbers are relative to the beginning."""

    def __init__(self) -> None:
        self.packets: list = []
        self.now = START
        self.ids = {True: 1000, False: 2000}
        self.bases = {True: 0xFFFFFFF0, False: 77}  # the client's numbers wrap around

    def __call__(
        self, client: bool, flags: int, seq: int, ack: int, payload: bytes = b"", *,
        window: int = 500, options: bytes = b"", after: float = 0.001, ident: int | None = None,
    ) -> None:  # fmt: skip
        self.now += int(after * 1e9)
        self.ids[client] += 1
        ends, ports = ((A, B), (4000, 80)) if client else ((B, A), (80, 4000))
        segment = tcp(
            *ends, *ports, seq=self.bases[client] + seq,
            ack=self.bases[not client] + ack if flags & ACK else 0, flags=flags, window=window,
            payload=payload, options=options,
        )  # fmt: skip
        number = self.ids[client] if ident is None else ident
        self.packets.append(packet(ip(*ends, 6, segment, ident=number), time_ns=self.now))

    def open(self) -> Wire:
        self(True, SYN, 0, 0, options=SYN_OPTIONS)
        self(False, SYN | ACK, 0, 1, options=SYN_OPTIONS)
        self(True, ACK, 1, 1)
        return self

    @property
    def conversation(self) -> Conversation:
        (found,) = conversations(self.packets)
        return found

    @property
    def events(self) -> list[tuple[Event, ...]]:
        return [segment.events for segment in self.conversation.segments]

    def later(self) -> list[tuple[Event, ...]]:
        """The events after the handshake."""
        return self.events[3:]


def test_a_handshake_with_numbers_that_wrap() -> None:
    wire = Wire().open()
    assert wire.events == [(Event.OPEN,), (Event.ACCEPT,), (Event.ESTABLISHED,)]
    wire(True, PSH | ACK, 1, 1, b"x" * 100)
    wire(False, ACK, 1, 101)
    found = wire.conversation
    assert found.state is State.OPEN
    assert [(s.sequence, s.acknowledgment) for s in found.segments] == [
        (0, None), (0, 1), (1, 1), (1, 1), (1, 101)
    ]  # fmt: skip
    assert found.segments[3].info == "PSH, ACK seq 1 ack 1 (100 bytes)"
    assert found.segments[3].window == 500 << 7
    assert (str(found.client), str(found.server)) == ("10.0.0.1:4000", "10.0.0.2:80")
    assert found.duration == pytest.approx(0.004)
    assert (found.size(True), found.size(False)) == (100, 0)


def test_closing() -> None:
    wire = Wire().open()
    wire(True, FIN | ACK, 1, 1)
    assert wire.conversation.state is State.HALF_CLOSED
    wire(False, ACK, 1, 2)
    wire(False, PSH | ACK, 1, 2, b"still talking")
    wire(True, ACK, 2, 14)
    wire(False, FIN | ACK, 14, 2)
    assert wire.conversation.state is State.HALF_CLOSED
    wire(True, ACK, 2, 15)
    assert wire.conversation.state is State.CLOSED
    assert wire.later() == [(Event.HALF_CLOSE,), (), (), (), (Event.CLOSE,), ()]


def test_refused_and_reset() -> None:
    wire = Wire()
    wire(True, SYN, 0, 0)
    wire(False, RST | ACK, -77, 1, window=0)
    assert wire.events[1] == (Event.REFUSED,)
    assert wire.conversation.state is State.REFUSED
    assert wire.conversation.segments[1].info == "RST, ACK"
    wire = Wire().open()
    wire(False, RST | ACK, 1, 1)
    assert wire.later() == [(Event.RESET,)]
    assert wire.conversation.state is State.RESET


def test_a_retransmission_after_a_timeout() -> None:
    wire = Wire().open()
    wire(True, PSH | ACK, 1, 1, b"a" * 10)
    wire(True, PSH | ACK, 1, 1, b"a" * 10, after=0.2)
    wire(False, ACK, 1, 11)
    assert wire.later() == [(), (Event.RETRANSMISSION,), ()]
    assert wire.conversation.data(from_client=True) == b"a" * 10


def test_a_syn_sent_again() -> None:
    wire = Wire()
    wire(True, SYN, 0, 0)
    wire(True, SYN, 0, 0, after=1.0)
    assert wire.events == [(Event.OPEN,), (Event.RETRANSMISSION,)]
    assert wire.conversation.state is State.OPENING


def test_a_fast_retransmission_after_three_duplicates() -> None:
    wire = Wire().open()
    for part in range(5):
        wire(True, ACK, 1 + 100 * part, 1, bytes([part]) * 100)
    wire(False, ACK, 1, 101)
    for _ in range(3):
        wire(False, ACK, 1, 101)
    wire(True, ACK, 101, 1, b"\1" * 100)
    wire(False, ACK, 1, 501)
    assert wire.later()[5:] == [(), (DUPLICATE,), (DUPLICATE,), (DUPLICATE,), (FAST,), ()]


def test_one_duplicate_with_sack_is_enough() -> None:
    wire = Wire().open()
    wire(True, ACK, 1, 1, b"a" * 10)
    wire(True, ACK, 11, 1, b"b" * 10)
    sack = b"\x05\x0a" + struct.pack("!II", 0xFFFFFFF0 + 11, (0xFFFFFFF0 + 21) & 0xFFFFFFFF)
    wire(False, ACK, 1, 1, options=sack + b"\1\1")
    wire(True, ACK, 1, 1, b"a" * 10)
    assert wire.later()[2:] == [(DUPLICATE,), (FAST,)]


def test_out_of_order_and_lost_before_the_point() -> None:
    wire = Wire().open()
    wire(True, ACK, 11, 1, b"b" * 10, ident=2002)
    wire(True, ACK, 1, 1, b"a" * 10, ident=2001, after=0.05)
    assert wire.later() == [(GAP,), (Event.OUT_OF_ORDER,)]
    wire = Wire().open()
    wire(True, ACK, 11, 1, b"b" * 10, ident=2002)
    wire(True, ACK, 1, 1, b"a" * 10, ident=2003)
    assert wire.later() == [(GAP,), (Event.RETRANSMISSION,)]
    assert wire.conversation.data(True) == b"a" * 10 + b"b" * 10


def test_without_identification_the_time_decides() -> None:
    for delay, event in ((0.001, Event.OUT_OF_ORDER), (0.2, Event.RETRANSMISSION)):
        wire = Wire().open()
        wire(True, ACK, 11, 1, b"b" * 10, ident=0)
        wire(True, ACK, 1, 1, b"a" * 10, ident=0, after=delay)
        assert wire.later() == [(GAP,), (event,)]


def test_overlapping_data_is_said_once() -> None:
    wire = Wire().open()
    wire(True, ACK, 1, 1, b"abcd")
    wire(True, ACK, 3, 1, b"cdef")
    assert wire.conversation.data(True) == b"abcdef"


def test_windows() -> None:
    wire = Wire().open()
    wire(True, ACK, 1, 1, b"x" * 500)
    assert wire.later()[-1] == (Event.WINDOW_FULL,)
    wire(False, ACK, 1, 501, window=0)
    wire(True, ACK, 500, 1, after=0.3)
    wire(False, ACK, 1, 501, window=0)
    wire(False, ACK, 1, 501, window=400)
    assert wire.later()[1:] == [
        (Event.ZERO_WINDOW,),
        (Event.ZERO_WINDOW_PROBE,),
        (Event.KEEP_ALIVE_ACK, Event.ZERO_WINDOW),
        (Event.WINDOW_UPDATE,),
    ]


def test_keep_alives() -> None:
    wire = Wire().open()
    wire(True, PSH | ACK, 1, 1, b"hello")
    wire(False, ACK, 1, 6)
    wire(True, ACK, 5, 1, after=60)
    wire(False, ACK, 1, 6)
    wire(True, ACK, 5, 1, b"o", after=60)  # RFC 9293 §3.8.4: some send a byte of garbage
    wire(False, ACK, 1, 6)
    assert wire.later()[2:] == [(Event.KEEP_ALIVE,), (Event.KEEP_ALIVE_ACK,)] * 2


def test_an_ack_of_what_was_not_seen() -> None:
    wire = Wire().open()
    wire(False, ACK, 1, 500)
    assert wire.later() == [(Event.ACK_UNSEEN,)]


def test_a_connection_seen_from_its_middle() -> None:
    wire = Wire()
    wire(True, PSH | ACK, 5001, 9001, b"abc")
    wire(False, PSH | ACK, 9001, 5004, b"defg")
    wire(True, ACK, 5004, 9005)
    assert wire.events == [(), (), ()]
    assert [(s.sequence, s.acknowledgment) for s in wire.conversation.segments] == [
        (1, 1), (1, 4), (4, 5)
    ]  # fmt: skip
    assert wire.conversation.data(False) == b"defg"


def test_the_same_ports_again_are_another_connection() -> None:
    wire = Wire().open()
    wire(True, RST, 1, 1)
    wire.bases = {True: 5, False: 99}
    wire.open()
    first, second = conversations(wire.packets)
    assert (first.state, second.state) == (State.RESET, State.OPEN)


def test_both_may_ask_at_once() -> None:
    wire = Wire()
    wire(True, SYN, 0, 0)
    wire(False, SYN, 0, 0)
    wire(True, SYN | ACK, 0, 1)
    wire(False, SYN | ACK, 0, 1)
    wire(True, ACK, 1, 1)
    assert wire.conversation.state is State.OPEN


def test_only_tcp_can_be_tracked() -> None:
    with pytest.raises(ValueError, match="not TCP"):
        Tracker().feed(packet(ip(A, B, 17, udp(A, B, 1, 2))), True)


def test_udp_and_pings_are_conversations_too() -> None:
    ping = b"\x00\x07\x00\x01"
    packets = [
        packet(ip(A, B, 17, udp(A, B, 5000, 53, query("x"))), time_ns=1),
        packet(ip(B, A, 17, udp(B, A, 53, 5000, b"answer")), time_ns=2),
        packet(ip(A, B, 1, icmp(8, 0, ping)), time_ns=3),
        packet(ip(B, A, 1, icmp(0, 0, ping)), time_ns=4),
        packet(ip(B, A, 1, icmp(3, 3, bytes(4), bytes(28))), time_ns=5),
    ]
    talk, echo = conversations(packets)
    assert (talk.protocol, talk.state, talk.data(False)) == ("UDP", State.NONE, b"answer")
    assert (echo.protocol, str(echo.client), len(echo.segments)) == ("ICMP", A, 2)


def test_every_point_has_its_own_view() -> None:
    net = Net()
    net.open()
    assert len(conversations(net.packets())) == 6


def test_one_conversation_behind_nat() -> None:
    net = Net()
    net.open()
    net.tcp(True, PSH | ACK, 1, 1, b"hello", upto=3)
    net.wait(0.2)
    net.tcp(True, PSH | ACK, 1, 1, b"hello")
    net.tcp(False, ACK, 1, 6)
    net.close(6, 1)
    (found,) = conversations_of(follow(net.packets()))
    assert (str(found.client), str(found.server)) == ("192.168.1.11:40000", "10.130.1.4:80")
    assert found.state is State.CLOSED
    assert [s.from_client for s in found.segments] == [
        True, False, True, True, True, False, True, False, True
    ]  # fmt: skip
    assert found.segments[4].events == (Event.RETRANSMISSION,)
    assert found.data(True) == b"hello"


def test_a_server_may_call_back_on_the_same_ports() -> None:
    net = Net()
    net.open()
    net.tcp(True, RST, 1, 1)
    net.tcp(False, SYN, 50_000, 0, options=SYN_OPTIONS)
    net.tcp(True, SYN | ACK, 70_000, 50_001, options=SYN_OPTIONS)
    first, second = conversations_of(follow(net.packets()))
    assert str(second.client) == "10.130.1.4:80"
    assert [s.from_client for s in second.segments] == [True, False]
    assert (first.state, second.state) == (State.RESET, State.OPENING)
