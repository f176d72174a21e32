"""The stages together: the same words give the same network, whoever says them and how often."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netplay.compiler import Network, compile_raw, load, loads, validate
from netplay.compiler.cells import Problems
from netplay.compiler.parse import parse
from netplay.compiler.read import read_text
from netplay.compiler.resolve import STAGES
from netplay.errors import TopologyError
from netplay.model import Role
from netplay.playground import text

CAFE = """\
name: cafe
topology:
  nodes:
    laptop:
    modem: {image: "router:1", config: {vars: {netplay: {masquerade: eth1}}}}
    server: {image: "web:2", config: {vars: {netplay: {services: [nginx]}}}}
  links:
    - endpoints: ["laptop:eth0", "modem:eth0"]
    - endpoints: ["modem:eth1", "server:eth0"]
      vars: {netplay: {delay: 20ms, loss: 1%}}
"""


@pytest.mark.parametrize("count", range(1, len(STAGES) + 1))
def test_every_stage_is_deterministic(count: int) -> None:
    def state() -> str:
        document = read_text(text(), "playground", {})
        problems = Problems(document)
        raw = parse(document, problems, None)
        for stage in STAGES[:count]:
            stage(raw, problems)
        return repr(raw)

    assert state() == state()


def test_hashing_has_no_say() -> None:
    """Two interpreters with different string hashes give the same network."""
    program = "import sys; from netplay.compiler import loads; print(loads(sys.stdin.read()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=CAFE,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_file_text_and_data_agree(tmp_path: Path) -> None:
    path = tmp_path / "cafe.clab.yml"
    path.write_text(CAFE)
    from_data = compile_raw(read_text(CAFE, "x", {}).data)
    assert load(path) == loads(CAFE) == from_data


def test_the_builder_says_the_same_as_a_file() -> None:
    net = Network("cafe")
    net.host("laptop")
    net.router("modem", masquerade="eth1")
    net.host("server", services=["nginx"])
    net.link("laptop", "modem")
    net.link("modem", "server", delay="20ms", loss="1%")
    topology = net.topology()
    from_file = loads(CAFE)
    assert topology.nodes == from_file.nodes
    assert topology.links == from_file.links
    assert topology.warnings == ()


def test_a_warning_names_all_nodes_once() -> None:
    assert loads(CAFE).warnings == (
        "'image' is not used: every node runs netplay's own Debian image (modem, server)",
    )


def test_strict_turns_warnings_into_problems() -> None:
    with pytest.raises(TopologyError, match=r"5:20: nodes.modem.image: 'image' is not used"):
        loads(CAFE, strict=True)


def test_validate_gives_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "bad.clab.yml"
    path.write_text(CAFE.replace("modem:eth0", "modm:eth0").replace("1%", "1"))
    found = validate(path)
    assert [(p.line, p.where) for p in found] == [
        (8, "links[0].endpoints[1]"),
        (10, "links[1].vars.netplay.loss"),
    ]
    path.write_text(CAFE)
    assert validate(path) == ()


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.clab.yml"
    path.write_bytes(b"name: caf\xe9\n")
    assert [str(p) for p in validate(path)] == [
        f"{path}: this is not UTF-8: invalid continuation byte (byte 9)"
    ]


def test_services_are_checked_only_if_known() -> None:
    loads(CAFE, services=None)
    with pytest.raises(TopologyError, match="no service is called 'nginx'; did you mean 'ngin'"):
        loads(CAFE, services={"ngin": ()})


def test_env_files_stand_beside_the_topology(tmp_path: Path) -> None:
    (tmp_path / "common.env").write_text("# comment\n\nA=1\nB = two words\n")
    path = tmp_path / "x.clab.yml"
    path.write_text(
        "name: x\ntopology: {nodes: {a: {env-files: [common.env], env: {B: nearer}}}}\n"
    )
    assert load(path)["a"].environment == {"A": "1", "B": "nearer"}


def test_a_thousand_hosts() -> None:
    net = Network("big")
    net.router("r")
    for lan in range(10):
        net.link("r", net.switch(f"s{lan}"))
        for number in range(100):
            net.link(net.host(f"h{lan}-{number}"), f"s{lan}")
    topology = net.topology()
    hosts = [node for node in topology if node.role is Role.HOST]
    assert len({address for host in hosts for address in host.addresses}) == 2000
    assert {len(host.routes) for host in hosts} == {2}


# -- the builder's own mistakes -------------------------------------------------------------


def test_a_wrong_argument_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"host\(\) takes no argument 'hostnam'; did you mean"):
        Network("x").host("a", hostnam="b")  # type: ignore[call-arg]
    with pytest.raises(
        TypeError, match=r"link\(\) takes no argument 'dealy'; did you mean 'delay'"
    ):
        Network("x").link("a", "b", dealy="1ms")  # type: ignore[call-arg]


def test_a_node_has_one_name() -> None:
    net = Network("x")
    net.host("a")
    with pytest.raises(ValueError, match="there is a node called 'a' already"):
        net.switch("a")
    with pytest.raises(KeyError, match="no node is called 'b'"):
        net.service("b", "ssh")


def test_problems_of_a_builder_have_short_places() -> None:
    net = Network("x")
    net.host("a", routes=["default via 10.9.9.9", "nonsense"])
    net.host("b")
    net.link("a", "c")
    net.link("a:eth7", "b", delay="20")
    with pytest.raises(TopologyError) as caught:
        net.topology()
    assert [problem.where for problem in caught.value.problems] == [
        "nodes.a.routes[1]",
        "links[1].delay",
        "links[0].endpoints[1]",
    ]


def test_a_node_may_be_called_netplay() -> None:
    net = Network("x")
    net.host("netplay", routes="nonsense via nowhere")
    with pytest.raises(TopologyError, match=r"^nodes.netplay.routes: 'nowhere' is not an IPv4"):
        net.topology()


def test_builder_words_reach_the_model() -> None:
    net = Network("all", zones="example.com", accounts={"me": {"password": "x"}}, ipv6="none")
    net.switch("lan")
    net.router("r", sysctls={"net.ipv4.ip_default_ttl": 9}, commands=["echo r"])
    net.host(
        "h",
        hostname="h.example.com",
        aliases=["www"],
        services={"nginx": {"port": 80}},
        nameservers=["10.0.0.53"],
        search="example.com",
        environment={"A": "1"},
        binds=["/srv:/srv:ro"],
    )
    net.service("h", "ssh")
    net.link("r", "lan", mtu=1400)
    net.link("h", "lan", macs=("02:00:00:00:00:99", ""), ipv4=("10.5.0.5/24", ""))
    net.link("h:wan0", "r:wan0", forward={"delay": "1ms"}, rate="1mbit")
    topology = net.topology()
    host = topology["h"]
    assert host.names == ("h.example.com", "www", "h")
    assert [(use.name, dict(use.settings)) for use in host.services] == [
        ("nginx", {"port": 80}),
        ("ssh", {}),
    ]
    assert [interface.name for interface in topology["lan"].interfaces] == ["port1", "port2"]
    assert host.interface("eth0").mac == "02:00:00:00:00:99"
    assert [str(address) for address in topology["r"].interface("eth0").addresses] == [
        "10.5.0.1/24"
    ]
    assert topology["r"].interface("eth0").mtu == 1400
    assert (topology.links[2].forward.delay, topology.links[2].backward.rate) == (0.001, 10**6)
    assert topology.zones == ("example.com",)


def test_python_needs_no_yaml() -> None:
    """Only reading a file asks for the third-party parser; the builder and plain data do not."""
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from netplay.compiler import Network, compile_raw\n"
        "net = Network('x'); net.host('a'); print(net.topology() == compile_raw(net.raw()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "True\n"
