"""Frames with their virtio header: the VLAN tag is put back, one bit is turned over."""

from __future__ import annotations

import struct

import pytest

from netplay.kernel.frames import HEADER, damaged, tagged

MACS = bytes(range(12))
FRAME = MACS + b"\x08\x00" + bytes(range(100))
PLAIN = bytes(HEADER.size)
SOL_PACKET, AUXDATA = 263, 8


def auxdata(status: int, tag: int, protocol: int) -> list[tuple[int, int, bytes]]:
    packed = struct.pack("=IIIHHHH", status, 0, 0, 0, 0, tag, protocol)
    return [(1, 35, b"some time stamp"), (SOL_PACKET, AUXDATA, packed)]


def test_a_frame_without_a_tag_stays_as_it_is() -> None:
    assert tagged(PLAIN + FRAME, auxdata(1, 0, 0)) == PLAIN + FRAME
    assert tagged(PLAIN + FRAME, []) == PLAIN + FRAME


@pytest.mark.parametrize(
    ("status", "protocol", "expected"),
    [(0x10, 0, b"\x81\x00"), (0x50, 0x88A8, b"\x88\xa8")],
    ids=["802.1Q", "802.1ad"],
)
def test_the_tag_is_put_back(status: int, protocol: int, expected: bytes) -> None:
    found = tagged(PLAIN + FRAME, auxdata(status, 0x602A, protocol))
    assert found == PLAIN + MACS + expected + b"\x60\x2a" + FRAME[12:]


def test_what_the_header_counts_moves_with_the_tag() -> None:
    header = HEADER.pack(1, 1, 54, 1448, 34, 16)
    found = tagged(header + FRAME, auxdata(0x10, 42, 0))
    assert HEADER.unpack_from(found) == (1, 1, 58, 1448, 38, 16)


@pytest.mark.parametrize("place", [0.0, 0.37, 0.999999])
def test_one_bit_of_the_payload_is_turned_over(place: float) -> None:
    found = damaged(PLAIN + FRAME, place)
    assert found[: HEADER.size + 14] == PLAIN + FRAME[:14]
    changed = [a ^ b for a, b in zip(PLAIN + FRAME, found, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0].bit_count() == 1


def test_a_damaged_frame_is_not_vouched_for() -> None:
    checked = HEADER.pack(2, 0, 0, 0, 0, 0)  # VIRTIO_NET_HDR_F_DATA_VALID
    assert damaged(checked + FRAME, 0.5)[: HEADER.size] == PLAIN


def test_a_frame_without_payload_cannot_be_damaged() -> None:
    assert damaged(PLAIN + FRAME[:14], 0.5) == PLAIN + FRAME[:14]
