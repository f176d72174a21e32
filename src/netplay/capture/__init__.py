"""Capture: packets as recorded, and the story told from them.

    frames → packets      ``decode``; a packet knows its layers and its summary
    sockets → frames      ``Recorder``, ``recording``
    frames ↔ file         ``Writer``, ``Reader``, ``read_frames`` (pcapng)
    packets → lines       ``Live``, with names instead of addresses
    packets → question    ``Filter``, in tcpdump's language
    packets → journeys    ``follow``: the same packet at several points, through NAT
    packets → talk        ``conversations``, ``conversations_of``
    journeys → ladder     ``build``, then ``to_text``, ``to_json``, ``to_svg``, ``to_html``

Nothing here opens a socket or a file, starts a process or prints: everything is handed over.
Names are looked up when they are first used: all of it together takes a tenth of a second to
import, which a command that wants one part only should not wait for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netplay.capture.checksum import Checksum
    from netplay.capture.decoder import decode
    from netplay.capture.escaping import escape
    from netplay.capture.filter import Filter
    from netplay.capture.flows import Conversation, Peer, conversations, conversations_of
    from netplay.capture.frame import Direction, Frame, Point
    from netplay.capture.journeys import Journey, Rewrite, follow, matching
    from netplay.capture.ladder import Drop, Hop, Ladder, Row, to_json
    from netplay.capture.ladder_build import build
    from netplay.capture.ladder_svg import to_html, to_svg
    from netplay.capture.ladder_text import text_lines, to_text
    from netplay.capture.live import Line, Live, Span
    from netplay.capture.names import Lane, Names, hosts_of, lanes_of, names_of, points_of
    from netplay.capture.packet import Packet
    from netplay.capture.pcapng import Writer
    from netplay.capture.pcapng_reader import Reader, read_frames
    from netplay.capture.record import Recorder, recording
    from netplay.capture.sources import Source
    from netplay.capture.tcp_state import Event, Segment, State

_HOMES = {
    "Checksum": "checksum",
    "Conversation": "flows",
    "Direction": "frame",
    "Drop": "ladder",
    "Event": "tcp_state",
    "Filter": "filter",
    "Frame": "frame",
    "Hop": "ladder",
    "Journey": "journeys",
    "Ladder": "ladder",
    "Lane": "names",
    "Line": "live",
    "Live": "live",
    "Names": "names",
    "Packet": "packet",
    "Peer": "flows",
    "Point": "frame",
    "Reader": "pcapng_reader",
    "Recorder": "record",
    "Rewrite": "journeys",
    "Row": "ladder",
    "Segment": "tcp_state",
    "Source": "sources",
    "Span": "live",
    "State": "tcp_state",
    "Writer": "pcapng",
    "build": "ladder_build",
    "conversations": "flows",
    "conversations_of": "flows",
    "decode": "decoder",
    "escape": "escaping",
    "follow": "journeys",
    "hosts_of": "names",
    "lanes_of": "names",
    "matching": "journeys",
    "names_of": "names",
    "points_of": "names",
    "read_frames": "pcapng_reader",
    "recording": "record",
    "text_lines": "ladder_text",
    "to_html": "ladder_svg",
    "to_json": "ladder",
    "to_svg": "ladder_svg",
    "to_text": "ladder_text",
}

__all__ = [
    "Checksum",
    "Conversation",
    "Direction",
    "Drop",
    "Event",
    "Filter",
    "Frame",
    "Hop",
    "Journey",
    "Ladder",
    "Lane",
    "Line",
    "Live",
    "Names",
    "Packet",
    "Peer",
    "Point",
    "Reader",
    "Recorder",
    "Rewrite",
    "Row",
    "Segment",
    "Source",
    "Span",
    "State",
    "Writer",
    "build",
    "conversations",
    "conversations_of",
    "decode",
    "escape",
    "follow",
    "hosts_of",
    "lanes_of",
    "matching",
    "names_of",
    "points_of",
    "read_frames",
    "recording",
    "text_lines",
    "to_html",
    "to_json",
    "to_svg",
    "to_text",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'netplay.capture' has no attribute {name!r}")
    value = getattr(import_module(f"netplay.capture.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
