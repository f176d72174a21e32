"""Bad links in a running lab, by whichever back end this kernel has."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netplay import Lab, LabError
from netplay.model import PERFECT, Impairment
from tests.lab.bad_links import B_LAN, DECLARED, A, B, C, D, network, panel_has, seen, stream

pytestmark = pytest.mark.lab

MS = 0.001
# Far below the delays that are asked for, far above what a busy computer adds at the median. How
# exact the links are is measured in bench/impairments.py.
CLOSE = 9 * MS


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(network("bad")) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    """A lab with nothing wrong, also afterwards."""
    yield running
    running.heal()
    assert running.faults() == []


def ping(lab: Lab, source: str, address: str) -> float:
    """The best of some round trips in seconds, for the first wait for ARP; infinite: none came."""
    done = lab[source].run("ping", "-nc8", "-i0.04", "-W0.3", address)
    times = [word[5:] for word in done.stdout.split() if word.startswith("time=")]
    return min(map(float, times), default=float("inf")) / 1000


# ---------------------------------------------------------------- conditions


def test_delay_is_that_of_each_direction(lab: Lab) -> None:
    lab.fault("a", "b", delay="50ms")
    assert 100 * MS <= ping(lab, "a", B) < 100 * MS + 2 * CLOSE
    assert 50 * MS <= seen(lab, "ab", B).median < 50 * MS + CLOSE


def test_one_direction_can_be_named(lab: Lab) -> None:
    lab.fault("b>a", delay="50ms")
    assert seen(lab, "ab", B).median < CLOSE
    assert 50 * MS <= seen(lab, "ba", A).median < 50 * MS + CLOSE


@pytest.mark.parametrize(
    ("words", "slow", "fast"),
    [
        (("c", "s1"), [("d", C), ("b", C)], [("d", B_LAN)]),
        (("d",), [("d", C), ("b", D)], [("b", C)]),
        (("s1", "s2"), [("d", C), ("b", D)], [("b", C)]),
        (("b:eth1",), [("d", B_LAN), ("b", C)], [("d", C)]),
    ],
    ids=["behind a switch", "the other way round", "trunk", "router to switch"],
)
def test_cables_at_a_switch_are_bad_alone(
    lab: Lab,
    words: tuple[str, ...],
    slow: list[tuple[str, str]],
    fast: list[tuple[str, str]],
) -> None:
    lab.fault(*words, delay="20ms")
    for source, address in slow:
        assert 40 * MS <= ping(lab, source, address) < 40 * MS + 2 * CLOSE
    for source, address in fast:
        assert ping(lab, source, address) < CLOSE
    lab.heal(*words)
    for source, address in slow + fast:
        assert ping(lab, source, address) < CLOSE


def test_losses_are_as_many_as_asked_for_and_the_same_with_the_same_seed(lab: Lab) -> None:
    found = []
    for seed in (5, 5, 6):
        with stream(lab, "a", "b", B) as packets:
            lab.fault("a>b", loss="10%", seed=seed)
            packets.send(1000, every=0.0002)
            packets.take(0.2)
            found.append(packets.seen.numbers)
    assert found[0] == found[1] != found[2]
    # binomial: 900 on average, standard deviation 9.5
    assert 850 < len(found[0]) < 950


def test_everything_can_be_lost_in_silence(lab: Lab) -> None:
    lab.fault("a>b", loss="100%")
    assert seen(lab, "ab", B).numbers == []
    assert lab["b"].run("cat", "/sys/class/net/eth0/carrier").stdout == "1\n"


def test_duplicates_come_twice(lab: Lab) -> None:
    lab.fault("c>s1", duplicate="20%", seed=1)
    numbers = seen(lab, "cb", B_LAN, 500).numbers
    assert sorted(set(numbers)) == list(range(500))
    # 100 on average, standard deviation 8.9
    assert 55 < len(numbers) - 500 < 145


def test_reordered_packets_overtake(lab: Lab) -> None:
    lab.fault("a>b", delay="10ms", reorder="20%", seed=1)
    found = seen(lab, "ab", B, 200)
    assert sorted(found.numbers) == list(range(200))
    assert found.numbers != list(range(200))
    hurried = [seconds for seconds in found.seconds if seconds < 8 * MS]
    assert 15 < len(hurried) < 70


def test_reordering_needs_a_delay(lab: Lab) -> None:
    with pytest.raises(LabError, match="reordering needs a delay"):
        lab.fault("a", "b", reorder="20%")


def test_jitter_spreads_the_delay(lab: Lab) -> None:
    lab.fault("a>b", delay="20ms", jitter="10ms", seed=1)
    seconds = sorted(seen(lab, "ab", B, 300).seconds)
    assert len(seconds) == 300
    assert 10 * MS <= seconds[5] < 14 * MS
    assert 26 * MS < seconds[-5] < 30 * MS + 10 * CLOSE
    assert 16 * MS < seconds[150] < 24 * MS + CLOSE


def _errors(lab: Lab) -> int:
    """How many packets b has refused for their checksum, or for what it made of their header."""
    lines = lab["b"].run("cat", "/proc/net/snmp").stdout.splitlines()
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind = names.split(":")[0]
        pairs = zip(names.split()[1:], values.split()[1:], strict=True)
        found |= {kind + name: int(value) for name, value in pairs}
    return found["UdpInCsumErrors"] + found["IpInHdrErrors"] + found["IpInAddrErrors"]


def test_damage_is_seen_by_the_checksum(lab: Lab) -> None:
    before = _errors(lab)
    lab.fault("a>b", corrupt="20%", seed=1)
    numbers = seen(lab, "ab", B, 500, size=1000).numbers
    assert numbers == sorted(numbers)
    missing = 500 - len(numbers)
    assert 55 < missing < 145
    # a turned bit in the IP header may also make it nobody's, or another protocol's
    assert missing - 15 <= _errors(lab) - before <= missing + 1


def transfer(lab: Lab, source: str, target: str, address: str, size: int) -> float:
    """Bits per second of one TCP connection that carries *size* bytes."""
    with lab[target].socket() as listener, lab[source].socket() as sending:
        listener.bind((address, 0))
        listener.listen()
        sending.connect(listener.getsockname())
        sending.setblocking(False)
        receiving, _ = listener.accept()
        with receiving:
            receiving.settimeout(20)
            left, got, start = size, 0, time.monotonic()
            while got < size:
                with suppress(BlockingIOError):
                    left -= sending.send(b"x" * min(left, 65536)) if left else 0
                got += len(receiving.recv(65536))
            return size * 8 / (time.monotonic() - start)


def test_a_rate_is_kept(lab: Lab) -> None:
    lab.fault("a", "b", rate="20mbit", delay="5ms")
    # 1448 of 1514 bytes are payload; the queue is long enough that none is lost
    assert 0.4 * 20e6 < transfer(lab, "a", "b", B, 1_500_000) < 0.96 * 20e6


def test_a_rate_is_the_time_a_packet_takes(lab: Lab) -> None:
    lab.fault("a>b", rate="1mbit")
    # 1000 bytes, UDP, IPv4 and Ethernet headers: 1042 bytes, 8.3 ms each
    found = seen(lab, "ab", B, 5, every=0, size=1000)
    # A busy computer may let them wait longer, never shorter.
    for number, seconds in enumerate(found.seconds, 1):
        assert 8.336 * MS * number - MS <= seconds < 8.336 * MS * number + 4 * CLOSE


def test_a_short_queue_overflows(lab: Lab) -> None:
    lab.fault("a>b", rate="1mbit", queue=3)
    found = seen(lab, "ab", B, 10, every=0, size=1000)
    assert 3 <= len(found.numbers) <= 4
    assert found.numbers[:3] == [0, 1, 2]


def test_single_packets_are_lost_not_pieces_of_64_kilobytes(lab: Lab) -> None:
    """TCP hands over large pieces: what is lost must be a share of packets all the same."""
    lab.fault("a>b", loss="0.5%", seed=2)
    transfer(lab, "a", "b", B, 3_000_000)
    counts = lab.faults()[0].forward.counts
    if counts is not None:
        assert counts["passed"] >= 3_000_000 / 1448


# ---------------------------------------------------------------- changes


def test_faults_merge_and_are_told(lab: Lab) -> None:
    lab.fault("a", "b", delay="5ms", seed=9)
    lab.fault("b>a", loss=0.25, rate="10mbit")
    (fault,) = lab.faults()
    assert fault.link.name == "a:eth0 b:eth0"
    assert fault.forward.impairment == Impairment(delay=0.005)
    assert fault.backward.impairment == Impairment(delay=0.005, loss=0.25, rate=10_000_000)
    assert (fault.seed, fault.cut) == (9, False)
    assert fault.forward.backend in ("netem", "wire")
    lab.fault("a", "b", delay=0, loss=0, rate=0)
    assert lab.faults() == []


def test_a_link_has_one_seed_until_another_is_asked_for(lab: Lab) -> None:
    lab.fault("a>b", loss="10%", seed=9)
    lab.fault("b>a", loss="20%")
    assert [fault.seed for fault in lab.faults()] == [9]
    lab.fault("a", "b", loss="20%", seed=11)
    assert [fault.seed for fault in lab.faults()] == [11]


def test_a_preset_has_two_directions(lab: Lab) -> None:
    lab.fault("b", "a", preset="dsl", loss="1%")
    (fault,) = lab.faults()
    # b is the customer: a sends it 1.5 Mbit/s
    assert fault.forward.impairment.rate == 1_500_000
    assert fault.backward.impairment.rate == 384_000
    assert fault.backward.impairment.loss == 0.01
    lab.heal()
    lab.fault("b>a", preset="lossy")
    (fault,) = lab.faults()
    assert (fault.forward.impairment, fault.backward.impairment.loss) == (PERFECT, 0.1)


def test_nothing_is_lost_doubled_or_overtaken_while_conditions_change(lab: Lab) -> None:
    with stream(lab, "a", "b", B) as packets:
        for change in (
            lambda: lab.fault("a", "b", delay="20ms"),
            lambda: lab.fault("a>b", delay="5ms"),
            lambda: lab.fault("a>b", rate="100mbit"),
            lambda: lab.fault("a>b", rate=0, delay="10ms"),
        ):
            change()
            packets.send(100, 0.0005)
        packets.take(0.2)
        assert packets.seen.numbers == list(range(400))


def test_nothing_is_lost_on_the_way_into_a_detour_and_out_of_it(lab: Lab) -> None:
    with lab["a"].start("ping", "-nqA", "-w2", B) as pinging:
        for _ in range(10):
            lab.fault("a>b", delay="1ms")
            lab.heal()
        output = pinging.communicate()[0].decode()
    if panel_backend(lab) == "wire":
        assert ", 0% packet loss" in output, output
        assert "duplicates" not in output


def panel_backend(lab: Lab) -> str:
    lab.fault("a>b", delay="1ms")
    return lab.faults()[0].forward.backend


def test_heal_leaves_nothing_behind(lab: Lab) -> None:
    port = "w1005"  # c's, by its place in the topology; x and y are its splice, s and r detours
    assert panel_has(lab, port)
    extra = ("x1005", "y1005", "s1005", "r1005", "s101005", "r101005")
    lab.fault("c", "s1", loss="1%")
    assert all(panel_has(lab, name) for name in extra)
    lab.heal("c", "s1")
    assert not any(panel_has(lab, name) for name in extra)
    assert panel_has(lab, port)


def test_reset_heals(lab: Lab) -> None:
    lab.fault("a", "b", loss="100%")
    lab.cut("c", "s1")
    lab.partition(["a"], ["d"])
    lab.reset()
    assert lab.faults() == []
    assert lab.partitioned() == []
    assert ping(lab, "a", B) < CLOSE


# ---------------------------------------------------------------- cut and partition


def carrier(lab: Lab, node: str, interface: str) -> bool:
    return "NO-CARRIER" not in lab[node].run("ip", "link", "show", interface).stdout


def test_a_cut_is_seen_at_both_ends(lab: Lab) -> None:
    lab.cut("a", "b")
    assert not carrier(lab, "a", "eth0")
    assert not carrier(lab, "b", "eth0")
    assert carrier(lab, "b", "eth1")
    assert [fault.cut for fault in lab.faults()] == [True]
    lab.mend("a", "b")
    assert carrier(lab, "a", "eth0")
    assert ping(lab, "a", B) < CLOSE


def test_a_cut_at_a_switch_is_one_computers(lab: Lab) -> None:
    lab.cut("c")
    assert not carrier(lab, "c", "eth0")
    assert carrier(lab, "b", "eth1")
    assert seen(lab, "bd", D, 3).numbers == [0, 1, 2]
    lab.mend("c")
    assert ping(lab, "c", D) < CLOSE


def test_a_cut_trunk_parts_two_switches(lab: Lab) -> None:
    lab.cut("s1", "s2")
    assert carrier(lab, "d", "eth0")
    assert ping(lab, "d", C) == float("inf")
    assert ping(lab, "b", C) < CLOSE


def test_an_impaired_link_can_be_cut_and_mended(lab: Lab) -> None:
    lab.fault("a", "b", delay="10ms")
    lab.cut("a", "b")
    lab.mend("a", "b")
    assert 20 * MS <= ping(lab, "a", B) < 20 * MS + 2 * CLOSE
    lab.heal("a", "b")
    assert ping(lab, "a", B) < CLOSE


def test_a_partition_parts_groups_and_nobody_else(lab: Lab) -> None:
    lab.partition(["c"], ["b", "d"])
    assert lab.partitioned() == [("c",), ("b", "d")]
    assert ping(lab, "d", C) == ping(lab, "b", C) == ping(lab, "c", D) == float("inf")
    assert ping(lab, "d", B_LAN) < CLOSE
    assert ping(lab, "a", B) < CLOSE
    lab.partition(["a"], ["b"])
    assert ping(lab, "a", B) == float("inf")
    assert ping(lab, "b", C) < CLOSE
    lab.heal()
    assert ping(lab, "a", B) < CLOSE


def test_a_partition_holds_on_impaired_links_too(lab: Lab) -> None:
    lab.fault("c", "s1", delay="1ms")
    lab.partition(["c"], ["d"])
    lab.fault("d", "s2", delay="1ms")
    assert seen(lab, "cd", D, 5).numbers == []
    assert seen(lab, "dc", C, 5).numbers == []
    assert seen(lab, "bc", C, 5).numbers == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ((["a"],), "needs two groups or more"),
        ((["a"], []), "needs two groups or more"),
        ((["a"], ["b", "a"]), "a can be in one group only"),
        ((["a"], ["x"]), "no machine called 'x'"),
    ],
)
def test_a_partition_that_cannot_be(lab: Lab, groups: list[list[str]], sentence: str) -> None:
    with pytest.raises(LabError, match=sentence):
        lab.partition(*groups)


# ---------------------------------------------------------------- frames


def test_a_vlan_tag_stays_in_its_frame(lab: Lab) -> None:
    """Also where the kernel knows no VLAN interfaces: whole frames are sent and received."""
    broadcast, tag, kind = b"\xff" * 6, b"\x81\x00\x60\x2a", b"\x88\xb5"
    lab.fault("a", "b", delay="5ms")
    with (
        lab["a"].socket(socket.AF_PACKET, socket.SOCK_RAW) as sending,
        lab["b"].socket(socket.AF_PACKET, socket.SOCK_RAW) as receiving,
    ):
        receiving.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA: tags come beside frames
        receiving.bind(("eth0", 3))  # ETH_P_ALL: one kind alone would be shown without tags
        receiving.settimeout(5)
        sending.bind(("eth0", 0))
        for single in (False, True):
            if single:  # the other way through the kernel: cut into packets
                lab.fault("a", "b", corrupt="0.0001%")
            sending.send(broadcast + bytes(6) + tag + kind + b"payload")
            frame, aside = b"", []
            while frame[12:21] != kind + b"payload":
                frame, aside, _, _ = receiving.recvmsg(2048, 128)
            assert struct.unpack_from("=IIIHHHH", aside[0][2])[5] == 0x602A


def test_frames_of_any_size_pass(lab: Lab) -> None:
    for conditions in ({"delay": "1ms"}, {"loss": "0.001%"}):
        lab.fault("a", "b", **conditions)
        # 64 bytes to three fragments
        for size in (20, 1400, 4000):
            assert seen(lab, "ab", B, 3, size=size).numbers == [0, 1, 2]


# ---------------------------------------------------------------- the wire's death


def wires(lab: Lab) -> list[int]:
    """The lab's wires as this computer numbers them: one, or none."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, fields = (entry / "stat").read_text().rsplit(")", 1)
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, parent = fields.split()[:2]
            if name.endswith("(netplay-wire") and state != "Z" and int(parent) == lab.place.keeper:
                found.append(int(entry.name))
    return found


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline


def test_a_wire_that_is_killed_is_replaced(lab: Lab) -> None:
    lab.fault("a", "b", delay="10ms")
    if lab.faults()[0].forward.backend != "wire":
        pytest.skip("this kernel has netem: nothing to kill")
    (first,) = wires(lab)
    os.kill(first, signal.SIGKILL)
    until(lambda: wires(lab) not in ([], [first]))
    assert 20 * MS <= ping(lab, "a", B) < 20 * MS + 2 * CLOSE
    # once more, and something new is asked for before the keeper has heard of it
    os.kill(wires(lab)[0], signal.SIGKILL)
    lab.fault("a", "b", delay="15ms")
    until(lambda: ping(lab, "a", B) < 1)
    assert 30 * MS <= ping(lab, "a", B) < 30 * MS + 2 * CLOSE
    assert len(wires(lab)) == 1


def test_the_wire_ends_with_the_last_bad_link(lab: Lab) -> None:
    lab.fault("a", "b", delay="1ms")
    lab.fault("c", delay="1ms")
    lab.heal("a", "b")
    assert len(wires(lab)) == (lab.faults()[0].forward.backend == "wire")
    lab.heal()
    until(lambda: not wires(lab))


def test_the_wire_holds_nothing_of_the_keepers(lab: Lab) -> None:
    lab.fault("a", "b", delay="10ms")
    if lab.faults()[0].forward.backend != "wire":
        pytest.skip("this kernel has netem: there is no wire")
    (pid,) = wires(lab)
    if os.geteuid():
        pytest.skip("only root may look at the descriptors of a process that changed its ids")
    names = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [name for name in names if "net:[" in name or "pid:[" in name]
    # the line to the keeper, and two for each of two directions
    assert sum(name.startswith("socket:") for name in names) == 5


# ---------------------------------------------------------------- from the topology


def test_what_a_topology_declares_is_there_from_the_beginning_and_after_heal() -> None:
    with Lab(network("declared", DECLARED)) as lab:
        assert seen(lab, "bc", C).median < CLOSE
        assert 30 * MS <= seen(lab, "cb", B_LAN).median < 30 * MS + CLOSE
        (fault,) = lab.faults()
        assert (fault.forward.impairment, fault.backward.impairment) == (PERFECT, DECLARED)
        lab.fault("c", delay="1ms", loss="100%")
        lab.heal()
        assert 30 * MS <= seen(lab, "cb", B_LAN).median < 30 * MS + CLOSE
        lab.fault("c", delay=0)
        assert lab.faults() == []
        assert seen(lab, "cb", B_LAN).median < CLOSE


def test_values_that_make_no_sense_are_refused(lab: Lab) -> None:
    for values, sentence in (
        ({"delay": "soon"}, "delay: 'soon' is not a time"),
        ({"loss": 1.5}, "loss 1.5 is not between 0 and 1"),
        ({"los": "1%"}, "nothing about a link is called 'los'; did you mean 'loss'"),
    ):
        with pytest.raises(LabError, match=sentence):
            lab.fault("a", "b", **values)  # type: ignore[arg-type]
    with pytest.raises(LabError, match="there is no preset 'dls'; did you mean 'dsl'"):
        lab.fault("a", "b", preset="dls")


def test_ipv6_passes_the_wire() -> None:
    from ipaddress import ip_interface

    from netplay.model import Node, Topology
    from tests.plan.networks import interface, link

    ends = [
        Node(name=name, interfaces=(interface("eth0", number, f"2001:db8::{number}/64"),))
        for number, name in enumerate("ab", start=1)
    ]
    topology = Topology(name="six", nodes=tuple(ends), links=(link("a:eth0", "b:eth0"),))
    with Lab(topology) as lab:
        lab.fault("a", "b", delay="5ms", corrupt="0.0001%")
        with (
            lab["a"].socket(socket.AF_INET6, socket.SOCK_DGRAM) as one,
            lab["b"].socket(socket.AF_INET6, socket.SOCK_DGRAM) as other,
        ):
            other.bind((str(ip_interface("2001:db8::2/64").ip), 7))
            other.settimeout(5)
            start = time.monotonic()
            one.sendto(b"six", ("2001:db8::2", 7))
            assert other.recv(10) == b"six"
            assert time.monotonic() - start >= 5 * MS


# ---------------------------------------------------------------- for the length of a block


def test_a_block_ends_and_all_is_as_before(lab: Lab) -> None:
    lab.fault("a", "b", delay="1ms", seed=5)
    before = lab.faults()
    with lab.fault("a", "b", loss="100%"):
        assert ping(lab, "a", B) == float("inf")
        with lab.cut("a", "b"):
            assert lab.faults()[0].cut
        assert not lab.faults()[0].cut
        assert lab.faults()[0].forward.impairment.loss == 1.0
    after = lab.faults()
    assert [(f.forward.impairment, f.backward.impairment, f.seed) for f in after] == [
        (f.forward.impairment, f.backward.impairment, f.seed) for f in before
    ]
    lab.heal()
    with lab.fault("a", "b", loss="100%"):
        pass
    assert lab.faults() == []
    assert ping(lab, "a", B) < CLOSE


def test_a_partition_in_a_block_gives_way_to_the_one_before(lab: Lab) -> None:
    lab.partition(["a"], ["b"])
    with pytest.raises(ZeroDivisionError), lab.partition(["c"], ["d"]):
        1 / len([group for group in lab.partitioned() if group not in (("c",), ("d",))])
    assert lab.partitioned() == [("a",), ("b",)]
    lab.heal()
    with lab.partition(["c"], ["d"]):
        pass
    assert lab.partitioned() == []
