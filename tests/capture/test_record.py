"""Recording: what the kernel says beside the packet, and the real thing in a namespace."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from netplay.capture import Direction, Point, Recorder, Source
from netplay.capture.messages import Messages
from netplay.capture.sources import Arrival
from tests.capture.packets import ethernet, ip, udp
from tests.capture.recording import TAGGED

HOST, BROADCAST, OTHERHOST, OUTGOING = 0, 1, 3, 4
ETHER, LOOPBACK = 1, 772
DATA = ethernet(ip("10.0.0.1", "10.0.0.2", 17, udp("10.0.0.1", "10.0.0.2", 1, 2, b"data")))
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("kind", "mirrored", "direction"),
    [
        (HOST, False, Direction.IN),
        (BROADCAST, False, Direction.IN),
        (OUTGOING, False, Direction.OUT),
        (OTHERHOST, True, Direction.OUT),
        (OUTGOING, True, Direction.IN),
    ],
)
def test_the_direction_is_the_nodes(kind: int, mirrored: bool, direction: Direction) -> None:
    point = Point(name="h1:eth1", mirrored=mirrored)
    frame = Arrival(5, DATA, len(DATA), kind, ETHER).frame(point)
    assert frame is not None
    assert (frame.direction, frame.point, frame.time_ns) == (direction, "h1:eth1", 5)


def test_the_loopback_is_heard_once() -> None:
    point = Point(name="h1:lo")
    assert Arrival(1, DATA, len(DATA), OUTGOING, LOOPBACK).frame(point) is None
    assert Arrival(1, DATA, len(DATA), HOST, LOOPBACK).frame(point) is not None


def test_the_vlan_tag_is_put_back() -> None:
    bare = TAGGED[:12] + TAGGED[16:]
    for status, tag_type, expected in (
        (0x10, 0, b"\x81\x00"), (0x50, 0x88A8, b"\x88\xa8"), (0x00, 0x8100, b"")
    ):  # fmt: skip
        arrival = Arrival(1, bare, len(bare), HOST, ETHER, status, 0x602A, tag_type)
        frame = arrival.frame(Point(name="p"))
        assert frame is not None
        tag = expected + b"\x60\x2a" if expected else b""
        assert frame.data == bare[:12] + tag + bare[12:]
        assert frame.length == len(bare) + len(tag)


class FakeSocket:
    """A packet socket with given messages; exceptions among them are raised."""

    def __init__(self, messages: list[object]) -> None:
        self.messages = messages
        self.options: list[tuple[int, int]] = []

    def setsockopt(self, level: int, option: int, value: object) -> None:
        self.options.append((level, option))

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        return struct.pack("@II", 9, 2)

    def recvmsg_into(self, buffers: list[bytearray], size: int, flags: int) -> object:
        if not self.messages:
            raise BlockingIOError
        message = self.messages.pop(0)
        if isinstance(message, Exception):
            raise message
        data, notes, address = message  # type: ignore[misc]
        buffers[0][: len(data)] = data
        return len(data), notes, 0, address


def test_messages_carry_time_and_tag() -> None:
    time = (socket.SOL_SOCKET, 35, struct.pack("@ll", 3, 14))
    aux = (263, 8, struct.pack("@IIIHHHH", 0x51, 60, 60, 0, 14, 42, 0x8100))
    other = (socket.SOL_SOCKET, 1, b"")
    fake = FakeSocket([
        (DATA, [time, other, aux], ("eth1", 3, HOST, ETHER, b"")),
        OSError(errno.ENETDOWN, "down"),
        (DATA, [], ("eth9", 3, HOST, ETHER, b"")),
        (DATA, [], ("eth1", 3, OUTGOING, LOOPBACK, b"")),
    ])  # fmt: skip
    source = Source(fake, points={"eth1": Point(name="h1:eth1")})  # type: ignore[arg-type]
    (frame,) = Messages(source, 1 << 20).frames()
    assert frame.time_ns == 3_000_000_014
    assert frame.data[12:16] == b"\x81\x00\x00\x2a"
    assert frame.length == len(DATA) + 4
    assert source.dropped() == 2
    assert fake.options == [(1, 8), (1, 35), (263, 8)]


def test_an_unknown_error_is_not_swallowed() -> None:
    source = Source(FakeSocket([OSError(errno.EBADF, "bad")]), Point(name="p"))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="bad"):
        list(Messages(source, 1).frames())


def test_nothing_to_record_is_nothing_wrong() -> None:
    recorder = Recorder([], print)
    assert (recorder.poll(), recorder.count, recorder.statistics()) == (0, 0, {})


def possible() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return subprocess.run(["unshare", "-Urn", "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def results() -> dict:
    if not possible():
        pytest.skip("this computer gives no user namespaces")
    command = ["unshare", "-Urn", sys.executable, "-m", "tests.capture.recording"]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("way", ["each", "messages"])
def test_every_point_hears_what_crosses_it(results: dict, way: str) -> None:
    frames = results[way]["frames"]
    local = [frame for frame in frames if frame["point"] == "n:lo"]
    # Handshake, data, close: seven or more, as acknowledgments may travel alone; each once.
    assert 7 <= len(local) == len({frame["data"] for frame in local})
    assert local[0]["summary"].startswith("127.0.0.1:")
    tagged = [frame for frame in frames if frame["data"].startswith(TAGGED[:12].hex())]
    assert [(frame["point"], frame["direction"]) for frame in tagged] == [
        ("n:va", "out"), ("n:vb", "in")
    ]  # fmt: skip
    assert tagged[0]["data"] == TAGGED.hex()
    assert tagged[0]["length"] == tagged[1]["length"] == len(TAGGED)
    assert tagged[1]["data"] == TAGGED[:24].hex()  # twenty bytes, and the tag put back
    times = [frame["time"] for frame in frames]
    assert times == sorted(times)
    assert min(times) > 1_600_000_000 * 10**9
    assert [frame["number"] for frame in frames] == list(range(1, len(frames) + 1))
    counts = {"n:lo": [len(local), 0], "n:va": [1, 0], "n:vb": [1, 0]}
    assert results[way]["statistics"] == counts


def test_one_socket_may_hear_all_points(results: dict) -> None:
    frames = results["all"]["frames"]
    assert [(frame["point"], frame["direction"]) for frame in frames] == [
        ("a:eth0", "in"), ("b:eth0", "out")
    ]  # fmt: skip
    assert results["all"]["busy"] == "the packet socket of a:eth0, b:eth0 is being recorded already"


def test_an_error_of_the_sink_ends_the_recording(results: dict) -> None:
    assert results["full"] == "no space left on device"


def test_a_link_that_goes_down_is_no_end_and_no_busy_loop(results: dict) -> None:
    assert [frame["data"] for frame in results["cut"]["frames"]] == [TAGGED.hex()]
    assert results["cut"]["busy"] < 0.1
