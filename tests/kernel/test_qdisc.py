"""netem's messages, with pyroute2's encoding as the witness. The kernel's word: test_netem.py."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netplay.cables import Conditions, Direction, End
from netplay.kernel import qdisc
from netplay.kernel.rtnetlink import Refused, Request

EVERYTHING = Conditions(
    delay=0.05, jitter=0.005, loss=0.01, duplicate=0.25, reorder=0.02, corrupt=0.5, rate=10_000_000
)
WAY = Direction(End("w1000", 1000), End("w1001", 1001))


def decoded(request: Request) -> Any:
    from pyroute2.netlink.rtnl.tcmsg import tcmsg

    kind, flags, body = request
    message = tcmsg(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body)
    message.decode()
    return message


def test_another_implementation_reads_what_was_meant() -> None:
    request = qdisc.put(1001, 0xFFFFFFFF, 0x10000, qdisc.options(EVERYTHING, 7, 50))
    message = decoded(request)
    assert message["index"] == 1001
    assert message["handle"] == 0x10000
    assert message.get_attr("TCA_KIND") == "netem"
    options = message.get_attr("TCA_OPTIONS")
    assert options["limit"] == 50
    assert options["loss"] == round(0.01 * 2**32)
    assert options["duplicate"] == 2**30
    assert options["gap"] == 1
    assert options.get_attr("TCA_NETEM_REORDER")["prob_reorder"] == round(0.02 * 2**32)
    assert options.get_attr("TCA_NETEM_CORRUPT")["prob_corrupt"] == 2**31
    assert options.get_attr("TCA_NETEM_RATE")["rate"] == 1_250_000


def test_times_are_nanoseconds_and_the_seed_64_bits() -> None:
    data = qdisc.options(EVERYTHING, 2**63 + 5, 50)
    attributes = dict(qdisc._attributes(data[24:]))
    assert struct.unpack("q", attributes[10]) == (50_000_000,)
    assert struct.unpack("q", attributes[11]) == (5_000_000,)
    assert struct.unpack("Q", attributes[14]) == (2**63 + 5,)


@pytest.mark.parametrize(("share", "word"), [(0.0, 0), (0.5, 2**31), (1.0, 2**32 - 1)])
def test_a_share_becomes_a_32_bit_number(share: float, word: int) -> None:
    assert struct.unpack_from("I", qdisc.options(Conditions(loss=share), 1, 1), 8) == (word,)


def test_a_rate_beyond_32_bits_has_an_attribute_of_its_own() -> None:
    data = qdisc.options(Conditions(rate=100 * 10**9), 1, 1)
    attributes = dict(qdisc._attributes(data[24:]))
    assert struct.unpack("Q", attributes[8]) == (12_500_000_000,)


class Recorder:
    """A netlink socket that remembers; it refuses everything if it was told an error."""

    def __init__(self, error: int = 0) -> None:
        self.requests: list[Request] = []
        self.error = error

    def apply(self, requests: list[Request]) -> None:
        if self.error:
            raise Refused(self.error, 0)
        self.requests += requests

    def told(self) -> list[str]:
        lines = []
        for kind, _, body in self.requests:
            _, _, _, index, handle, parent, _ = struct.unpack_from("BBHiIII", body)
            lines.append(
                f"{'add' if kind == 36 else 'del'} {index} {handle >> 16}: {parent & 0xFFFF:x}"
            )
            if kind == 36:
                options = dict(qdisc._attributes(body[20:]))[2]
                (rate,) = struct.unpack_from("I", dict(qdisc._attributes(options[24:]))[6])
                lines[-1] += f" rate {rate}" if rate else ""
        self.requests = []
        return lines


def backend(recorder: Recorder) -> qdisc.Netem:
    return qdisc.Netem(recorder, seeded=True)  # type: ignore[arg-type]


def test_the_rate_has_a_netem_of_its_own() -> None:
    recorder = Recorder()
    netem = backend(recorder)
    netem.open(WAY, Conditions(delay=0.01, rate=8000), 1)
    assert recorder.told() == ["add 1001 1: ffff", "add 1001 2: 1 rate 1000"]
    netem.change(WAY, Conditions(delay=0.02), None)
    assert recorder.told() == ["del 1001 2: 1", "add 1001 1: ffff"]
    netem.close(WAY)
    assert recorder.told() == ["del 1001 1: ffff"]


def test_with_duplicates_one_netem_does_both() -> None:
    recorder = Recorder()
    netem = backend(recorder)
    netem.open(WAY, Conditions(duplicate=0.1, rate=8000, queue=10), 1)
    assert recorder.told() == ["add 1001 1: ffff rate 1000"]


def test_a_kernel_without_netem_has_no_such_back_end() -> None:
    assert qdisc.Netem.attempt(Recorder(error=2)) is None  # type: ignore[arg-type]
