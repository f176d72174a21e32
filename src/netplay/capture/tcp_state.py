"""What one TCP connection does, segment by segment, as seen from one place.

Sequence numbers are made relative: the SYN is 0, the first byte 1 (Wireshark counts so too).
For each direction we keep which ranges have passed here. That answers the hard question better
than timing does: a range that passed before is a retransmission; one that fills a hole is late, and
its IP identification, which Linux counts up per socket, says whether it was sent early and
overtaken (out of order) or sent again because the first copy was lost before it came here.

Sections are those of RFC 9293 unless another RFC is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from netplay.capture.packet import Packet
from netplay.capture.tcp import TCP

_TIGHT = 3_000_000  # ns: without an identification, a hole filled sooner was a reordering


class Event(StrEnum):
    """What a segment means for its connection, in words for a person."""

    OPEN = "asks to connect"
    ACCEPT = "accepts"
    ESTABLISHED = "connection established"
    RETRANSMISSION = "retransmission"
    FAST_RETRANSMISSION = "fast retransmission"
    OUT_OF_ORDER = "out of order"
    GAP = "an earlier segment is missing"
    DUPLICATE_ACK = "duplicate ACK"
    ACK_UNSEEN = "acknowledges what was not seen"
    ZERO_WINDOW = "window closed"
    WINDOW_UPDATE = "window update"
    WINDOW_FULL = "fills the window"
    ZERO_WINDOW_PROBE = "window probe"
    KEEP_ALIVE = "keep-alive"
    KEEP_ALIVE_ACK = "answer to the keep-alive"
    REFUSED = "refused"
    RESET = "reset"
    HALF_CLOSE = "has no more to send"
    CLOSE = "closes too"


class State(StrEnum):
    """How far a conversation has come."""

    OPENING = "opening"
    OPEN = "open"
    HALF_CLOSED = "half-closed"
    CLOSED = "closed"
    REFUSED = "refused"
    RESET = "reset"
    NONE = ""  # not TCP


@dataclass(frozen=True, slots=True)
class Segment:
    """One packet of a conversation. ``sequence`` and ``acknowledgment`` are relative to the
    beginning, ``window`` is in bytes; all three are None where they mean nothing.
    """

    packet: Packet
    from_client: bool
    length: int
    sequence: int | None = None
    acknowledgment: int | None = None
    window: int | None = None
    events: tuple[Event, ...] = ()

    @property
    def info(self) -> str:
        """Flags, relative numbers and size, as ``PSH, ACK seq 1 ack 1 (78 bytes)``."""
        tcp = self.packet.tcp
        if tcp is None:
            return f"{self.length} bytes"
        words = [", ".join(tcp.flag_names) or "no flags"]
        if not tcp.rst:
            words.append(f"seq {self.sequence}")
        if self.acknowledgment is not None and not tcp.rst:
            words.append(f"ack {self.acknowledgment}")
        if self.length:
            words.append(f"({self.length} bytes)")
        return " ".join(words)


@dataclass(slots=True)
class _Half:
    """One direction: what its sender has sent, and what it has acknowledged."""

    base: int | None = None
    end: int = 0  # one beyond the highest number sent
    spans: list[tuple[int, int]] = field(default_factory=list)
    hole: tuple[int, int | None] | None = None  # when the last gap opened, and by which packet
    acked: int = -1
    window: int = -1
    scale: int | None = None
    syn: bool = False
    fin: int | None = None  # one beyond the FIN
    duplicates: int = 0
    selective: bool = False
    probing: bool = False

    def relative(self, number: int, first: int) -> int:
        """*number* counted from the beginning, unwrapped; *first* if it is the first one seen."""
        if self.base is None:
            self.base, self.end = (number - first) & 0xFFFFFFFF, first
            return first
        # §3.4: arithmetic modulo 2**32; the nearer of the two readings is meant.
        delta = (number - self.base - self.end) & 0xFFFFFFFF
        return self.end + (delta - (1 << 32) if delta >= 1 << 31 else delta)

    def covers(self, start: int, stop: int) -> bool:
        """Whether all of the range has passed before."""
        return any(low <= start and stop <= high for low, high in self.spans)

    def add(self, start: int, stop: int) -> None:
        """Remember that the range has passed; touching ranges become one."""
        kept = []
        for low, high in self.spans:
            if high < start or stop < low:
                kept.append((low, high))
            else:
                start, stop = min(start, low), max(stop, high)
        self.spans = sorted([*kept, (start, stop)])
        self.end = max(self.end, stop)


class Tracker:
    """Follows one connection; feed it every TCP packet of the connection, in order of time."""

    def __init__(self) -> None:
        self._halves = (_Half(), _Half())  # the client's, the server's
        self._established = False
        self._ended: State | None = None

    @property
    def state(self) -> State:
        """Where the connection stands after the last packet."""
        if self._ended:
            return self._ended
        client, server = self._halves
        done = [a.fin is not None and b.acked >= a.fin for a, b in zip((client, server),
                (server, client), strict=True)]  # fmt: skip
        if all(done):
            return State.CLOSED
        if client.fin is not None or server.fin is not None:
            return State.HALF_CLOSED
        return State.OPEN if self._established else State.OPENING

    def begins_anew(self, tcp: TCP, from_client: bool) -> bool:
        """Whether *tcp* opens another connection on the same ports."""
        if not tcp.syn or tcp.ack:
            return False
        mine, other = self._halves if from_client else self._halves[::-1]
        if mine.base is None:
            # §3.5, simultaneous open: both ask before either has heard.
            return not (other.syn and other.acked < 0)
        return mine.base != tcp.sequence

    def feed(self, packet: Packet, from_client: bool) -> Segment:
        """*packet*, which must be TCP, with its place and meaning in the connection."""
        tcp, ip = packet.tcp, packet.ip
        if tcp is None or ip is None:
            raise ValueError("the packet is not TCP")
        mine, other = self._halves if from_client else self._halves[::-1]
        size = max(ip.length - len(ip.header) - len(tcp.header), 0)
        start = mine.relative(tcp.sequence, 0 if tcp.syn else 1)
        ack = other.relative(tcp.acknowledgment, 1) if tcp.ack else None
        window = self._window(tcp, mine, other)
        events = self._events(packet, tcp, mine, other, start, size, ack, window)
        if ack is not None and ack > mine.acked:
            mine.acked, mine.duplicates = ack, 0
        mine.window, mine.selective = window, bool(tcp.sack)
        mine.probing = bool({Event.KEEP_ALIVE, Event.ZERO_WINDOW_PROBE} & set(events))
        return Segment(packet, from_client, size, start, ack, window, tuple(events))

    def _window(self, tcp: TCP, mine: _Half, other: _Half) -> int:
        if tcp.syn:
            mine.syn, mine.scale = True, tcp.window_scale
            return tcp.window
        # RFC 7323 §2.2: the shift holds only if both sides offered one, and never in a SYN.
        both = mine.scale is not None and other.scale is not None
        return tcp.window << (mine.scale or 0) if both else tcp.window

    def _events(
        self, packet: Packet, tcp: TCP, mine: _Half, other: _Half,
        start: int, size: int, ack: int | None, window: int,
    ) -> list[Event]:  # fmt: skip
        if tcp.rst:
            # §3.5.2: a SYN that nobody waits for is answered by RST.
            refused = other.syn and not mine.syn and not self._established
            self._ended = State.REFUSED if refused else State.RESET
            return [Event.REFUSED if refused else Event.RESET]
        stop = start + size + tcp.syn + tcp.fin
        if stop > start:
            found = self._sending(packet, tcp, mine, other, start, stop, size)
        else:
            found = _acknowledging(mine, other, start, ack, window, bool(tcp.sack))
        if ack is not None and ack > other.end:
            found.append(Event.ACK_UNSEEN)
        if window == 0 and not (tcp.syn or tcp.fin):
            found.append(Event.ZERO_WINDOW)
        if not self._established and mine.syn and other.syn and ack and not tcp.syn:
            self._established = True
            found.append(Event.ESTABLISHED)
        return found

    def _sending(
        self, packet: Packet, tcp: TCP, mine: _Half, other: _Half,
        start: int, stop: int, size: int,
    ) -> list[Event]:  # fmt: skip
        """A segment that takes up sequence numbers: data, SYN or FIN."""
        again = mine.covers(start, stop)
        if size == 1 and again and start == mine.end - 1 and not tcp.fin:
            return [_probe(other)]
        found: list[Event] = []
        if again or (start < mine.end and mine.spans):
            found.append(_late(packet, mine, other, start, again))
        elif start > mine.end:
            found.append(Event.GAP)
            mine.hole = (packet.time_ns, _identification(packet))
        mine.add(start, stop)
        if tcp.syn and not again:
            found.append(Event.ACCEPT if tcp.ack else Event.OPEN)
        if tcp.fin and mine.fin is None:
            mine.fin = stop
            found.append(Event.HALF_CLOSE if other.fin is None else Event.CLOSE)
        if size and other.scale is not None and stop == other.acked + other.window:
            found.append(Event.WINDOW_FULL)
        return found


def _late(packet: Packet, mine: _Half, other: _Half, start: int, again: bool) -> Event:
    """What a segment is that begins before the highest number sent."""
    if not again and mine.hole:
        opened, marker = mine.hole
        own = _identification(packet)
        if own and marker:
            overtaken = (marker - own) & 0xFFFF < 0x8000
        else:
            overtaken = packet.time_ns - opened < _TIGHT
        if overtaken:
            return Event.OUT_OF_ORDER
    # RFC 5681 §3.2: three duplicates ask for it; with SACK (RFC 6675, RFC 8985) one may do.
    asked = other.duplicates >= 3 or (other.duplicates and other.selective)
    return Event.FAST_RETRANSMISSION if asked and start >= other.acked else Event.RETRANSMISSION


def _acknowledging(
    mine: _Half, other: _Half, start: int, ack: int | None, window: int, selective: bool
) -> list[Event]:
    """A segment without data."""
    # §3.8.4: a keep-alive uses the number before the next one, so that it must be answered.
    if start == mine.end - 1 and mine.window >= 0:
        return [_probe(other)]
    if ack is None or ack != mine.acked:
        return []
    if other.probing and window == mine.window:
        other.probing = False
        return [Event.KEEP_ALIVE_ACK]
    # RFC 5681 §2: nothing new is acknowledged while something is outstanding.
    if other.end > ack and (window == mine.window or selective):
        mine.duplicates += 1
        return [Event.DUPLICATE_ACK]
    return [Event.WINDOW_UPDATE] if window != mine.window else []


def _probe(other: _Half) -> Event:
    return Event.ZERO_WINDOW_PROBE if other.window == 0 else Event.KEEP_ALIVE


def _identification(packet: Packet) -> int | None:
    """The IPv4 identification; 0 stands for none (RFC 6864 §4.1)."""
    return (packet.ip.identification or None) if packet.ip else None
