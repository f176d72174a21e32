"""Run in a network namespace of its own: records what it sends itself, and prints it as JSON."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from netplay.capture import Frame, Point, Recorder, Source, decode, record, recording
from netplay.capture.messages import Messages
from netplay.errors import LabError

TAGGED = bytes.fromhex("ffffffffffff02000000000a8100602a88b5") + b"tagged" * 10
QUIET = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
COMMANDS = (
    "ip link set lo up",
    "ip link add va type veth peer name vb",
    "ip link set va up",
    "ip link set vb up",
)


def packet_socket(interface: str) -> socket.socket:
    """A socket for everything (ETH_P_ALL) that crosses an interface; no name is all of them."""
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
    if not interface:
        return socket.socket(socket.AF_PACKET, kind, socket.htons(3))
    found = socket.socket(socket.AF_PACKET, kind, 0)
    found.bind((interface, 3))
    return found


def talk() -> None:
    """Something on the loopback, and a tagged frame from va to vb."""
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    served, _ = server.accept()
    client.sendall(b"hello")
    served.recv(9)
    for end in (client, served, server):
        end.close()
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind(("va", 0))
    sender.send(TAGGED)
    sender.close()


def shown(frames: Sequence[Frame]) -> list[dict[str, object]]:
    return [
        {
            "point": frame.point, "direction": str(frame.direction), "time": frame.time_ns,
            "number": frame.number, "length": frame.length, "data": frame.data.hex(),
            "summary": decode(frame).summary,
        }
        for frame in frames
    ]  # fmt: skip


def each_by_itself() -> dict[str, object]:
    points = (Point(name="n:lo"), Point(name="n:va"), Point(name="n:vb", snap_length=20))
    sources = [Source(packet_socket(point.name[2:]), point) for point in points]
    frames: list[Frame] = []
    recorder = Recorder(sources, frames.extend)
    with recording(recorder):
        talk()
    return {"frames": shown(frames), "statistics": recorder.statistics()}


def all_in_one() -> dict[str, object]:
    points = {"va": Point(name="a:eth0", mirrored=True), "vb": Point(name="b:eth0", mirrored=True)}
    source = Source(packet_socket(""), points=points)
    frames: list[Frame] = []
    recorder = Recorder([source], frames.extend)
    try:
        Recorder([source], frames.extend)
        busy = ""
    except LabError as error:
        busy = str(error)
    talk()
    while not recorder.poll():
        pass
    recorder.close()
    return {"frames": shown(frames), "busy": busy}


def cut_and_mended() -> dict[str, object]:
    """A link goes down and comes up again while it is recorded."""
    frames: list[Frame] = []
    here, there = socket.socketpair()
    recorder = Recorder([Source(packet_socket("va"), Point(name="n:va"))], frames.extend)
    thread = threading.Thread(target=recorder.run, args=(here.fileno(),))
    thread.start()
    subprocess.run(["ip", "link", "set", "va", "down"], check=True)
    before = time.process_time()
    select.select([], [], [], 0.2)
    busy = time.process_time() - before
    subprocess.run(["ip", "link", "set", "va", "up"], check=True)
    talk()
    there.close()
    thread.join(5)
    recorder.close()
    return {"frames": shown(frames), "busy": busy}


def by_messages() -> dict[str, object]:
    def refused(source: Source, size: int) -> Messages:
        raise OSError(12, "no memory")

    record.Ring, ring = refused, record.Ring  # type: ignore[assignment,misc]
    refused.retire = ring.retire  # type: ignore[attr-defined]
    return each_by_itself()


def stopped_by_its_sink() -> str:
    def full(frames: Sequence[Frame]) -> None:
        raise OSError(28, "no space left on device")

    here, there = socket.socketpair()
    recorder = Recorder([Source(packet_socket("lo"), Point(name="n:lo"))], full)
    failures = []

    def work() -> None:
        try:
            recorder.run(here.fileno())
        except OSError as error:
            failures.append(error.strerror)

    thread = threading.Thread(target=work)
    thread.start()
    talk()
    thread.join(5)
    there.close()
    return failures[0]


def main() -> None:
    if QUIET.exists():  # no neighbour discovery among the packets
        QUIET.write_text("1")
    for command in COMMANDS:
        subprocess.run(command.split(), check=True)
    results = {
        "each": each_by_itself(), "all": all_in_one(), "full": stopped_by_its_sink(),
        "cut": cut_and_mended(),
        "messages": by_messages(),     }  # fmt: skip
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
