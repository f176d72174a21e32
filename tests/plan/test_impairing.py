"""From declared impairments and groups of machines to steps and rules."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from pathlib import Path

import pytest

from netplay.cables import Conditions, Impair
from netplay.model import Impairment, Link, Node, Role, Topology
from netplay.plan import plan
from netplay.plan.impairing import direction_seeds, impair_steps
from netplay.plan.panel import panel
from netplay.plan.partition import partition_ruleset
from netplay.steps import NetworkStep
from tests.plan.networks import CREDENTIALS, home, interface, link

LINES = Path(__file__).parent / "impaired.sh"
RULES = Path(__file__).parent / "partition.nft"
WAN = Impairment(delay=0.02, jitter=0.002, loss=0.001, rate=10_000_000, queue=50)


def impaired() -> Topology:
    """The home network with a bad cable to www, and h1 on a bad one to its switch."""
    lan, _, wan = home().links
    bad = (
        replace(lan, backward=Impairment(duplicate=0.01)),
        home().links[1],
        replace(wan, forward=WAN, backward=replace(WAN, rate=0, queue=0, reorder=0.25)),
    )
    return replace(home(), links=bad)


def golden(file: Path, text: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-goldens"):
        file.write_text(text)
    assert text == file.read_text()


def test_impairments_read_as_the_commands_a_person_would_type(
    request: pytest.FixtureRequest,
) -> None:
    lines = [step.shell().replace(" && ", " \\\n  && ") for step in impair_steps(impaired())]
    golden(LINES, "\n".join(lines) + "\n", request)


def test_a_clean_topology_has_none() -> None:
    assert not list(impair_steps(home()))


def test_impairments_come_when_the_network_is_made_and_before_anything_uses_it() -> None:
    steps = plan(impaired(), CREDENTIALS, {})
    kinds = [isinstance(step, Impair) for step in steps]
    first = kinds.index(True)
    assert all(isinstance(step, NetworkStep) for step in steps[:first])
    assert not any(isinstance(step, NetworkStep) for step in steps[first:])


def test_conditions_are_the_models_impairment_in_other_words() -> None:
    assert [(f.name, f.default) for f in fields(Conditions)] == [
        (f.name, f.default) for f in fields(Impairment)
    ]


def test_a_step_can_be_handed_to_another_process() -> None:
    steps = list(impair_steps(impaired()))
    assert pickle.loads(pickle.dumps(steps)) == steps


def test_every_direction_in_a_lab_has_a_seed_of_its_own() -> None:
    links = impaired().links
    seeds = [seed for each in links for seed in direction_seeds(7, each)]
    assert len(set(seeds)) == 6
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert direction_seeds(7, links[0]) == direction_seeds(7, links[0])
    assert direction_seeds(8, links[0]) != direction_seeds(7, links[0])


def trunk() -> tuple[Topology, Link]:
    switches = tuple(Node(name=name, role=Role.SWITCH) for name in "st")
    hosts = tuple(
        Node(name=name, interfaces=(interface("eth0", n),)) for n, name in enumerate("ab")
    )
    links = (link("a:eth0", "s:1"), link("s:2", "t:1"), link("t:2", "b:eth0"))
    return Topology(name="trunk", nodes=(*hosts, *switches), links=links), links[1]


def test_every_link_is_a_cable_with_two_ends() -> None:
    topology, between = trunk()
    board = panel(topology)
    a, b = topology.links[0], topology.links[2]
    port = board.ports[a.a]
    cable = board.cable(a)
    assert cable.splice is not None
    assert (cable.a.index, cable.b) == (port.index, cable.splice.near)
    assert cable.splice.bridge.index == board.bridges["s"].index
    assert cable.plugs == (cable.a,)
    # the switch is the first end here, so the splice is
    cable = board.cable(b)
    assert cable.splice is not None
    assert (cable.a, cable.b.index) == (cable.splice.near, board.ports[b.b].index)
    # a trunk: its port on the second switch
    cable = board.cable(between)
    assert cable.splice is not None
    assert cable.a.index == board.trunks[between][1].index
    assert cable.splice.bridge.index == board.bridges["t"].index


def test_what_is_made_for_a_cable_never_has_the_number_of_something_else() -> None:
    topology, _ = trunk()
    board = panel(topology)
    numbers: list[int] = [port.index for port in board.ports.values()]
    numbers += [port.index for pair in board.trunks.values() for port in pair]
    for each in topology.links:
        cable = board.cable(each)
        assert cable.splice is not None
        numbers += [cable.splice.near.index, cable.splice.far.index]
        numbers += [end.index for way in cable.ways for end in (way.split, way.single)]
    assert len(set(numbers)) == len(numbers)


def test_a_partition_is_rules_at_the_ports_of_its_machines(
    request: pytest.FixtureRequest,
) -> None:
    board = panel(home())
    golden(RULES, partition_ruleset(home(), board, [["h1", "modem"], ["www"]]), request)


def test_no_partition_has_no_rules() -> None:
    assert partition_ruleset(home(), panel(home()), []) == ""
