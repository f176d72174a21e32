"""How long a packet takes: decoding, its summary, filters, journeys. Prints microseconds.

    python bench/decode.py [COUNT]

The packets are a mix as a small web page makes it: a third each of HTTP data, bare
acknowledgments, and DNS over UDP. Scapy and dpkt are measured beside it where they are installed.
"""

from __future__ import annotations

import gc
import io
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from netplay.capture import Filter, Frame, Live, Reader, Writer, conversations, decode, follow

# GET /small.txt; a bare acknowledgment; a query for www.example.com.
SAMPLES = tuple(
    bytes.fromhex(text)
    for text in (
        "0200000000020200000000010800450000876a2b40004006030dc0a8010b0a820104be9000500000"
        "000500000009801801f6296900000101080a5c3f21a9771be90d474554202f736d616c6c2e747874"
        "20485454502f312e310d0a486f73743a2031302e3133302e312e340d0a557365722d4167656e743a"
        "206375726c2f382e31342e310d0a4163636570743a202a2f2a0d0a0d0a",
        "0200000000020200000000010800450000345b1f40003e06146c0a820104c0a8010b0050be900000"
        "000900000059801001f60a3a00000101080a5c3f21a9771be90d",
        "02000000000202000000000108004500003d3c5a4000401131a1c0a8010b0a010101c35000350029"
        "24fe00070100000100000000000003777777076578616d706c6503636f6d0000010001",
    )
)
T = TypeVar("T")
FILTER = "tcp dst port 80 and host 10.130.1.4 and tcp[tcpflags] & tcp-push != 0"


def each(work: Callable[[T], object], things: Sequence[T], rounds: int = 5) -> float:
    """Microseconds for *work* on one of *things*; what it makes is thrown away."""
    return best(lambda: deque(map(work, things), maxlen=0), len(things), rounds)


def best(work: Callable[[], object], count: int, rounds: int = 5) -> float:
    """Microseconds for each of *count* things, in the best of some rounds."""
    times = []
    for _ in range(rounds):
        gc.collect()
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times) / count * 1e6


def frames(count: int) -> list[Frame]:
    return [Frame(n * 1000, SAMPLES[n % len(SAMPLES)], "h1:eth1") for n in range(count)]


def measure(count: int) -> dict[str, float]:
    given = frames(count)
    packets = [decode(frame) for frame in given]
    file = io.BytesIO()
    Writer(file).write(given)
    test, live = Filter(FILTER), Live()
    return {
        "decode": each(decode, given),
        "decode and summary": each(lambda frame: decode(frame).summary, given),
        "decode and keep": best(lambda: [decode(frame) for frame in given], count),
        "live line": each(lambda packet: str(live.line(packet)), packets),
        "filter": each(test, packets),
        "checksums": each(lambda packet: packet.checksum, packets),
        "conversations": best(lambda: conversations(packets), count),
        "journeys": best(lambda: follow(packets), count),
        "write pcapng": best(lambda: Writer(io.BytesIO()).write(given), count),
        "read pcapng": best(lambda: Reader().feed(file.getvalue()), count),
    }


def others(given: Sequence[bytes]) -> dict[str, float]:
    found = {}
    try:
        import dpkt

        found["dpkt"] = each(dpkt.ethernet.Ethernet, given, 2)
    except ImportError:
        pass
    try:
        from scapy.layers.l2 import Ether

        found["Scapy"] = each(Ether, given, 2)
        found["Scapy and summary"] = each(lambda data: Ether(data).summary(), given, 2)
    except ImportError:
        pass
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    results = measure(count) | others([frame.data for frame in frames(min(count, 2000))])
    for name, micros in results.items():
        print(f"{name:20} {micros:8.2f} µs")


if __name__ == "__main__":
    main()
