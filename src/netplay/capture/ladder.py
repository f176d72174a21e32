"""The ladder: time runs downwards, every node is a column, every packet an arrow through them.

This module holds the nouns and their JSON; ``ladder_build`` makes them from journeys,
``ladder_text`` and ``ladder_svg`` draw them. Text in here is escaped already.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from netplay.capture.flows import Conversation
from netplay.capture.journeys import Rewrite
from netplay.capture.names import Lane

SCHEMA = 1


class Kind(StrEnum):
    """What a row is about; drawings choose their colour by it."""

    OPEN = "open"
    CLOSE = "close"
    RESET = "reset"
    ACK = "ack"
    DATA = "data"
    HTTP = "http"
    TLS = "tls"
    DNS = "dns"
    ICMP = "icmp"
    ARP = "arp"
    OTHER = "other"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Hop:
    """One arrow, from column to column (counted from 0); times in seconds from the beginning.

    ``arrives`` is None if nobody saw the arrival: ``lost``, or where nobody listened.
    """

    origin: int
    target: int
    ttl: int | None
    departs: float
    arrives: float | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Where a packet ended too early: in column ``lane``, or on the way from there ``toward``."""

    lane: int
    toward: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One capture of the packet; ``frame`` is its number in the recording."""

    point: str
    direction: str
    time: float
    frame: int
    source: str
    destination: str
    ttl: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One packet on its way. ``lane`` is the column that saw it first; it has no hops if that
    was the only one. ``conversation`` counts from 0, None if it belongs to none.
    """

    number: int
    time: float
    lane: int
    kind: Kind
    protocol: str
    label: str
    source: str
    destination: str
    length: int
    hops: tuple[Hop, ...]
    sightings: tuple[Sighting, ...]
    conversation: int | None = None
    notes: tuple[str, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    drop: Drop | None = None

    @property
    def left(self) -> int:
        """The leftmost column that the packet came to."""
        return min((lane for hop in self.hops for lane in (hop.origin, hop.target)),
                   default=self.lane)  # fmt: skip

    @property
    def repeated(self) -> bool:
        """Whether the same data had been sent before."""
        return any("retransmission" in note for note in self.notes)


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows left out because there are too many."""

    count: int


LadderRow: TypeAlias = Row | Gap


@dataclass(frozen=True, slots=True)
class Ladder:
    """All of a story. ``start`` is in seconds since 1970."""

    title: str
    start: float
    lanes: tuple[Lane, ...]
    rows: tuple[LadderRow, ...]
    conversations: tuple[Conversation, ...] = ()

    @property
    def drops(self) -> tuple[Drop, ...]:
        """Every packet that ended too early."""
        return tuple(row.drop for row in self.rows if isinstance(row, Row) and row.drop)


def to_json(ladder: Ladder) -> dict[str, object]:
    """The ladder as JSON values, schema 1: keys are added, never renamed or removed."""
    return {
        "schema": SCHEMA,
        "title": ladder.title,
        "start": ladder.start,
        "lanes": [
            {"name": lane.name, "addresses": [str(address) for address in lane.addresses]}
            for lane in ladder.lanes
        ],
        "conversations": [
            {
                "protocol": found.protocol,
                "client": str(found.client),
                "server": str(found.server),
                "state": str(found.state),
                "start": round(found.start - ladder.start, 9),
                "duration": found.duration,
                "client_bytes": found.size(from_client=True),
                "server_bytes": found.size(from_client=False),
            }
            for found in ladder.conversations
        ],
        "rows": [_row(row, ladder.lanes) for row in ladder.rows],
    }


def _row(row: LadderRow, lanes: tuple[Lane, ...]) -> dict[str, object]:
    if isinstance(row, Gap):
        return {"kind": "gap", "count": row.count}
    drop = row.drop
    return {
        "number": row.number,
        "time": row.time,
        "node": lanes[row.lane].name,
        "kind": str(row.kind),
        "protocol": row.protocol,
        "label": row.label,
        "source": row.source,
        "destination": row.destination,
        "length": row.length,
        "conversation": row.conversation,
        "notes": list(row.notes),
        "hops": [
            {
                "from": lanes[hop.origin].name,
                "to": lanes[hop.target].name,
                "ttl": hop.ttl,
                "departs": hop.departs,
                "arrives": hop.arrives,
                "lost": hop.lost,
            }
            for hop in row.hops
        ],
        "rewrites": [
            {"node": r.node, "field": r.field, "old": r.old, "new": r.new} for r in row.rewrites
        ],
        "drop": drop
        and {
            "node": lanes[drop.lane].name,
            "toward": None if drop.toward is None else lanes[drop.toward].name,
            "reason": drop.reason,
        },
        "sightings": [
            {name: getattr(sighting, name) for name in Sighting.__slots__}
            for sighting in row.sightings
        ],
    }
