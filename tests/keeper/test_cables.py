"""In which order a direction is led over a detour and back, and by whom; with fakes for both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from netplay.cables import CLEAN, Cable, Conditions, Direction, End, Impair, Splice
from netplay.keeper.cables import Cables
from netplay.keeper.loop import Loop
from netplay.kernel.network import Network
from netplay.kernel.qdisc import Netem

PLAIN = Cable(a=End("w1", 1), b=End("w2", 2))
PORT, BRIDGE = Splice(End("w3", 3), End("b9", 9)).port, End("b9", 9)
AT_SWITCH = Cable(a=PORT, b=Splice(PORT, BRIDGE).near, splice=Splice(PORT, BRIDGE))
SLOW, LOSSY = Conditions(delay=0.01), Conditions(loss=0.5)


class Fake:
    """Notes every call; ``fails`` names the one that raises."""

    def __init__(self, log: list[str], name: str = "", *, seeded: bool = True) -> None:
        self.log, self.name, self.seeded = log, name, seeded
        self.pid = 7
        self.fails = ""

    def __getattr__(self, call: str) -> Any:
        def note(*words: object, **more: object) -> str:
            said = [w.source.name if isinstance(w, Direction) else None for w in words]
            text = " ".join([f"{self.name}{call}", *filter(None, said)])
            text += " single" if more.get("single") else ""
            self.log.append(text)
            if call == self.fails:
                raise OSError("no")
            return "verdict"

        return note


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def cables(log: list[str]) -> Cables:
    network = SimpleNamespace(namespaces={"": SimpleNamespace(netlink=None, descriptor=0)})
    cables = Cables(cast(Network, network), Loop())
    parts = cast(Any, cables)
    parts._plumbing, parts._wire, parts._tried = Fake(log), Fake(log, "wire."), True
    return cables


def order(cable: Cable, forward: Conditions, backward: Conditions = CLEAN, seed: int = 1) -> Impair:
    return Impair(
        link="l",
        cable=cable,
        forward=forward,
        backward=backward,
        seed=seed,
        seeds=(seed * 10, seed * 10 + 1),
    )


def taken(log: list[str]) -> list[str]:
    found = [line for line in log if not line.endswith("verdict w1")]
    log.clear()
    return found


def test_frames_are_led_over_a_detour_when_all_is_ready(cables: Cables, log: list[str]) -> None:
    cables.impair(order(PLAIN, LOSSY))
    assert taken(log) == ["make_detour w1", "cut_up w1 single", "wire.open w1", "detour w1"]


def test_and_straight_on_before_anything_is_taken_away(cables: Cables, log: list[str]) -> None:
    cables.impair(order(PLAIN, SLOW))
    taken(log)
    cables.impair(order(PLAIN, CLEAN))
    assert taken(log) == ["wire.settle w1", "end_detour w1", "wire.close w1", "remove_detour w1"]
    assert cables.state()["links"] == {}


def test_delay_alone_lets_large_pieces_pass(cables: Cables, log: list[str]) -> None:
    cables.impair(order(PLAIN, SLOW))
    assert "cut_up w1" in taken(log)
    cables.impair(order(PLAIN, Conditions(delay=0.01, rate=1000)))
    assert taken(log) == ["cut_up w1 single", "wire.change w1"]


def test_a_port_on_a_bridge_is_spliced_once(cables: Cables, log: list[str]) -> None:
    cables.impair(order(AT_SWITCH, SLOW, SLOW))
    assert taken(log).count("splice") == 1
    cables.impair(order(AT_SWITCH, SLOW))
    assert not {"splice", "unsplice"} & set(taken(log))
    cables.impair(order(AT_SWITCH, CLEAN))
    assert taken(log)[-1] == "unsplice"


@pytest.mark.parametrize(
    ("part", "call", "undone"),
    [
        ("_plumbing", "make_detour", ["make_detour w1"]),
        ("_plumbing", "cut_up", ["make_detour w1", "cut_up w1", "drop_pair w1"]),
        ("_wire", "open", ["make_detour w1", "cut_up w1", "wire.open w1", "drop_pair w1"]),
        (
            "_plumbing",
            "detour",
            [
                *("make_detour w1", "cut_up w1", "wire.open w1"),
                *("detour w1", "wire.close w1", "drop_pair w1"),
            ],
        ),
    ],
)
def test_what_fails_halfway_is_undone(
    cables: Cables, log: list[str], part: str, call: str, undone: list[str]
) -> None:
    getattr(cables, part).fails = call
    with pytest.raises(OSError, match="l cannot be impaired: no"):
        cables.impair(order(PLAIN, SLOW))
    assert taken(log) == undone
    assert cables.state()["links"] == {}


def test_netem_is_preferred(cables: Cables, log: list[str]) -> None:
    cables._kernel = cast(Netem, Fake(log, "netem."))
    cables.impair(order(PLAIN, LOSSY), exactly=True)
    assert "netem.open w1" in taken(log)


def test_a_seed_that_matters_is_given_to_one_that_keeps_it(cables: Cables, log: list[str]) -> None:
    """Kernels before 6.7 have a netem without seeds."""
    cables._kernel = cast(Netem, Fake(log, "netem.", seeded=False))
    cables.impair(order(PLAIN, LOSSY))
    assert "netem.open w1" in taken(log)
    cables.impair(order(PLAIN, LOSSY, seed=2), exactly=True, reseed=True)
    calls = taken(log)
    assert calls.index("netem.close w1") < calls.index("wire.open w1")
    # and it stays there
    cables.impair(order(PLAIN, Conditions(loss=0.1), seed=3))
    assert taken(log) == ["cut_up w1 single", "wire.change w1"]
    assert cables.state()["links"]["l"]["seed"] == 2


def test_a_cut_link_is_remembered_until_it_is_mended(cables: Cables) -> None:
    cables.cut("l", PLAIN)
    cables.impair(order(PLAIN, SLOW))
    cables.impair(order(PLAIN, CLEAN))
    assert cables.state()["links"]["l"]["cut"]
    cables.mend("l", PLAIN)
    assert cables.state()["links"] == {}
