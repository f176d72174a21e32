"""The planner: which steps, in which order, and how they read."""

from __future__ import annotations

import pickle
from dataclasses import replace
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from netplay.model import Endpoint, Node, Port, Role, ServiceUse, Topology
from netplay.plan import in_order, plan
from netplay.plan.panel import panel
from netplay.services.service import Service
from netplay.steps import (
    PANEL,
    AddAddress,
    AddRoute,
    AddVeth,
    File,
    LoadNftables,
    MakeNamespace,
    PublishPort,
    SetLinkUp,
    StartService,
    Step,
    WriteFile,
)
from tests.plan.networks import CREDENTIALS, home, interface, link

GOLDEN = Path(__file__).parent / "home.sh"


def steps(topology: Topology, **services: Service) -> tuple[Step, ...]:
    return plan(topology, CREDENTIALS, services)


def daemon(name: str, *after: str) -> Service:
    return Service(
        name=name, title=name, argv=lambda _: (name, "-f"), probes=lambda _: (), after=after
    )


def test_the_plan_reads_as_the_commands_a_person_would_type(
    request: pytest.FixtureRequest,
) -> None:
    text = "".join(step.shell() + "\n" for step in steps(home()))
    if request.config.getoption("--update-goldens"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_a_published_port_reads_as_what_socat_would_do() -> None:
    node = Node(name="a", ports=(Port(8080, 80), Port(8081, 81, IPv6Address("::1"))))
    published = [
        step.shell()
        for step in steps(Topology(name="t", nodes=(node,)))
        if isinstance(step, PublishPort)
    ]
    assert published == [
        "socat TCP4-LISTEN:8080,bind=127.0.0.1,reuseaddr,fork"
        " 'EXEC:ip netns exec a socat STDIO TCP:127.0.0.1:80' &",
        "socat TCP6-LISTEN:8081,bind=::1,reuseaddr,fork"
        " 'EXEC:ip netns exec a socat STDIO TCP:127.0.0.1:81' &",
    ]


def test_the_same_topology_has_the_same_plan() -> None:
    assert steps(home()) == steps(home())


def test_a_plan_can_be_handed_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(steps(home()))) == steps(home())


def test_what_a_step_needs_comes_before_it() -> None:
    made: set[str] = {PANEL}
    wired: set[tuple[str, str]] = set()
    addressed: set[str] = set()
    on_link: set[str] = set()
    for step in steps(home()):
        match step:
            case MakeNamespace():
                made.add(step.node)
            case AddVeth():
                assert {step.owner, step.node} <= made
                wired |= {(step.owner, step.interface), (step.node, step.port)}
            case SetLinkUp() if step.node != PANEL:
                assert (step.node, step.interface) in wired
            case AddAddress():
                assert (step.node, step.interface) in wired
                addressed.add(step.node)
            case AddRoute():
                assert step.node in addressed
                if step.gateway is None:
                    on_link.add(step.node)
                elif step.node == "modem":
                    assert "modem" in on_link, "the gateway's own route comes first"


def test_bridges_come_up_last_of_the_network() -> None:
    ups = [s for s in steps(home()) if isinstance(s, SetLinkUp)]
    assert ups[-1].interface.startswith("b")
    assert all(not s.interface.startswith("b") for s in ups[:-1])


def test_the_two_ends_of_a_cable_never_have_the_same_number() -> None:
    for step in steps(home()):
        if isinstance(step, AddVeth):
            assert step.index != step.port_index


def test_no_two_devices_of_a_namespace_have_the_same_number() -> None:
    seen: set[tuple[str, int]] = set()
    trunk = Topology(
        name="t",
        nodes=(
            Node(name="a", role=Role.SWITCH),
            Node(name="b", role=Role.SWITCH),
            Node(name="h", interfaces=(interface("eth0", 1), interface("eth1", 2))),
        ),
        links=(link("a:1", "b:1"), link("h:eth0", "a:2"), link("h:eth1", "b:2")),
    )
    for step in steps(trunk):
        if isinstance(step, AddVeth):
            for number in ((step.owner, step.index), (step.node, step.port_index)):
                assert number not in seen
                seen.add(number)
    assert len(seen) == 6


def test_the_panel_joins_cables_and_bridges_switches() -> None:
    board = panel(home())
    joined = [board.joined(link) for link in home().links]
    assert joined[0] is None
    assert joined[2] is not None
    assert board.ports[Endpoint("h1", "eth1")].bridge == board.bridges["lan"].index
    assert board.ports[Endpoint("www", "eth0")].bridge == 0


def test_a_modem_translates_and_lets_only_answers_in() -> None:
    rules = next(s for s in steps(home()) if isinstance(s, LoadNftables) and s.node == "modem")
    assert 'oifname "eth0" masquerade' in rules.ruleset
    assert 'iifname "eth0" ct state established,related accept' in rules.ruleset
    assert 'iifname "eth0" drop' in rules.ruleset
    assert 'tcp dport 21 ct helper set "ftp-ipv4"' in rules.ruleset
    assert 'tcp dport 21 ct helper set "ftp-ipv6"' in rules.ruleset


def test_a_node_with_a_name_server_knows_only_itself_by_heart() -> None:
    hosts = {
        s.node: str(s.file.content)
        for s in steps(home())
        if isinstance(s, WriteFile) and s.file.path == "/etc/hosts"
    }
    assert "www" not in hosts["h1"]
    assert "192.168.1.11 h1" in hosts["h1"]
    assert "10.25.1.1 www" in hosts["modem"]


def test_services_start_after_those_they_name() -> None:
    known = {s.name: s for s in (daemon("mail", "auth"), daemon("auth"), daemon("web"))}
    uses = tuple(ServiceUse(name=name) for name in ("mail", "web", "auth"))
    assert [use.name for use in in_order(uses, known)] == ["web", "auth", "mail"]


def test_services_that_wait_for_each_other_are_told_so() -> None:
    known = {"a": daemon("a", "b"), "b": daemon("b", "a")}
    with pytest.raises(ValueError, match="wait for each other: a, b"):
        in_order((ServiceUse(name="a"), ServiceUse(name="b")), known)


def test_a_services_files_are_there_before_it_starts() -> None:
    web = Service(
        name="web",
        title="web",
        argv=lambda _: ("web",),
        files=lambda _: (File(path="/etc/web.conf", content="x"),),
        probes=lambda _: (),
    )
    topology = home()
    nodes = tuple(
        replace(n, services=(ServiceUse(name="web"),)) if n.name == "www" else n
        for n in topology.nodes
    )
    mine = [s for s in steps(replace(topology, nodes=nodes), web=web) if s.node == "www"]
    paths = [s.file.path for s in mine if isinstance(s, WriteFile)]
    assert "/etc/web.conf" in paths
    assert isinstance(mine[-1], StartService)
