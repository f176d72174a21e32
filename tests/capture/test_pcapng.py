"""pcapng out and in: whole, byte by byte, damaged, and as Wireshark sees it."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

from netplay.capture import Direction, Frame, Point, Reader, Writer, read_frames
from netplay.errors import LabError
from tests.capture.packets import START, WWW, Net

POINTS = [Point(name="h1:eth1", description="h1:eth1 homeA:port1"), Point(name="www:eth0")]
NAMES = {ip_address(WWW): ["www.example.com", "www"], ip_address("2001:db8::4"): ["www6"]}


def written(frames: list[Frame]) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, POINTS, NAMES, comment="a test")
    writer.write(frames)
    writer.statistics("h1:eth1", START, 12, 3)
    return file.getvalue()


def sample() -> list[Frame]:
    return [
        Frame(START + 123456789, b"\0" * 61, "h1:eth1", Direction.OUT, 61, 1, 1),
        Frame(START + 123456790, b"\1" * 64, "www:eth0", Direction.IN, 1500, 1, 2, "cut, lost"),
        Frame(START + 123456791, b"", "h1:eth1", Direction.UNKNOWN, 0, 1, 3),
    ]


def test_what_is_written_can_be_read() -> None:
    reader = Reader()
    assert list(read_frames(io.BytesIO(written(sample())), reader)) == sample()
    assert reader.points == tuple(POINTS)
    assert reader.names == {address: tuple(names) for address, names in NAMES.items()}
    assert reader.statistics == {"h1:eth1": (12, 3)}
    assert reader.application == "netplay"


def test_byte_by_byte() -> None:
    data = written(sample())
    pieces = (data[i : i + 1] for i in range(len(data)))
    assert list(read_frames(pieces)) == sample()


def test_an_unknown_point_gets_an_interface_when_it_comes() -> None:
    file = io.BytesIO()
    writer = Writer(file)
    writer.write([Frame(1, b"abc", "new:eth0", link_type=101)])
    writer.statistics("other:eth0", 5, 1, 1)
    writer.names(NAMES)
    reader = Reader()
    (found,) = read_frames(io.BytesIO(file.getvalue()), reader)
    assert (found.point, found.link_type, found.time_ns) == ("new:eth0", 101, 1)
    assert [point.name for point in reader.points] == ["new:eth0", "other:eth0"]


def test_the_snap_length_cuts() -> None:
    file = io.BytesIO()
    Writer(file, [Point(name="p", snap_length=10)]).write([Frame(0, bytes(50), "p")])
    (found,) = read_frames(io.BytesIO(file.getvalue()))
    assert (len(found.data), found.length) == (10, 50)


def test_every_batch_is_flushed_and_well_formed() -> None:
    class File(io.BytesIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1
            reader = Reader()
            reader.feed(self.getvalue())
            reader.close()

    file = File()
    writer = Writer(file, POINTS)
    for frame in sample():
        writer.write([frame])
    writer.write([])
    assert file.flushed == 4


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_and_other_resolutions(order: str) -> None:
    plain = block(order, 1, struct.pack(order + "HHI", 1, 0, 0))
    binary = struct.pack(order + "HHI", 101, 0, 96) + struct.pack(order + "HHB3x", 9, 1, 0x80 | 10)
    offset = struct.pack(order + "HHq", 14, 8, 100)
    packet = struct.pack(order + "IIIII", 0, 0, 1_500_000, 3, 3) + b"abc\0"
    second = struct.pack(order + "IIIII", 1, 0, 512, 3, 3) + b"def\0"
    data = (
        section(order) + plain + block(order, 1, binary + offset) + block(order, 0xBAD, b"skip")
        + block(order, 6, packet) + block(order, 6, second)
        + block(order, 3, struct.pack(order + "I", 2) + b"hi")
    )  # fmt: skip
    found = list(read_frames([data]))
    assert [frame.time_ns for frame in found] == [1_500_000_000, 100_500_000_000, 0]
    assert [frame.data for frame in found] == [b"abc", b"def", b"hi"]
    assert [frame.point for frame in found] == ["interface 0", "interface 1", "interface 0"]
    assert [frame.link_type for frame in found] == [1, 101, 1]


def test_a_new_section_begins_anew() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    Writer(first, [Point(name="a")]).write([Frame(1, b"x", "a")])
    Writer(second, [Point(name="b")]).write([Frame(2, b"y", "b")])
    found = list(read_frames([first.getvalue() + second.getvalue()]))
    assert [(frame.point, frame.number) for frame in found] == [("a", 1), ("b", 2)]


def test_a_cut_file_gives_its_packets_and_then_says_where_it_ends() -> None:
    data = written(sample())
    whole = [len(data) - n for n in range(1, len(data))]
    found: list[Frame] = []
    with pytest.raises(LabError, match=r"capture: at byte \d+: the file ends inside a block"):
        found.extend(read_frames([data[:-5]]))
    assert found == sample()
    complete = 0
    for size in whole:
        reader = Reader()
        frames = reader.feed(data[:size])
        assert frames == sample()[: len(frames)]
        try:
            reader.close()
            complete += 1
        except LabError:
            pass
    assert complete > 4  # the cuts between two blocks


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "capture: the file is empty"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "classic pcap; convert it with: editcap OLD NEW.pcapng"),
        (b"GIF89a..", "at byte 0: this is not a pcapng file"),
        (block("<", 0x0A0D0D0A, bytes(16)), "the section header has no byte-order mark"),
        (section("<") + b"\r\n", "at byte 28: the file ends inside a block, of which 2 bytes"),
        (section("<") + b"junk" * 5, "at byte 28: a block cannot be 1802401130 bytes long"),
        (section("<")[:-4] + bytes(4), "the lengths before and behind a block differ"),
        (section("<") + block("<", 6, bytes(20)), "names interface 0, which was not announced"),
        (section("<") + block("<", 6, bytes(8)), "a block of type 6 is too short"),
        (section("<") + block("<", 3, bytes(8)), "a packet comes before any interface"),
        (section("<") + block("<", 1, bytes(8)) + block("<", 6, bytes(12) + b"\x50" + bytes(7)),
         "a packet of 80 bytes does not fit into its block"),
        (section("<") + block("<", 1, bytes(8) + b"\x02\x00\xff\x00abc"),
         "option 2 of 255 bytes does not fit into its block"),
    ],
)  # fmt: skip
def test_damage_is_named_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(LabError) as caught:
        list(read_frames([data]))
    assert sentence in str(caught.value)


def test_junk_behind_good_blocks_does_not_take_them_along() -> None:
    data = written(sample())
    reader = Reader("lab.pcapng")
    assert reader.feed(data + b"trailing junk!!!") == sample()
    with pytest.raises(LabError, match=f"lab.pcapng: at byte {len(data)}: a block cannot be"):
        reader.feed(b"")
    with pytest.raises(LabError):
        reader.close()


@pytest.mark.skipif(not shutil.which("tshark"), reason="needs tshark")
@pytest.mark.slow
def test_wireshark_reads_it(tmp_path: Path) -> None:
    net = Net()
    net.open()
    path = tmp_path / "lab.pcapng"
    with path.open("wb") as file:
        writer = Writer(file, POINTS, NAMES, comment="a test")
        writer.write([*net.frames[:6], Frame(START, net.frames[0].data, "h1:eth1", comment="hi")])
        writer.statistics("h1:eth1", START, 12, 3)
    fields = ["frame.interface_name", "frame.time_epoch", "ip.dst_host",
              "frame.packet_flags_direction", "frame.comment"]  # fmt: skip
    command = ["tshark", "-r", str(path), "-N", "n", "-T", "fields"]
    command += [word for name in fields for word in ("-e", name)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(out) == 7
    assert out[0].split("\t")[:4] == [
        "h1:eth1", "1764000000.000000000", "www.example.com", "0x00000002"
    ]  # fmt: skip
    assert out[6].split("\t")[4] == "hi"
    info = subprocess.run(
        ["capinfos", str(path)], capture_output=True, text=True, check=True
    ).stdout
    for line in ("Capture application: netplay", "Capture oper-sys:    Linux", "nanoseconds (9)",
                 "Description = h1:eth1 homeA:port1"):  # fmt: skip
        assert line in info
