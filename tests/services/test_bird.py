"""BIRD: OSPF on every interface, or what the topology says."""

from __future__ import annotations

import pytest

from netplay.errors import TopologyError
from netplay.services import bird
from tests.services.contexts import by_path, context, text


def config(**settings: object) -> str:
    files = by_path(bird.SERVICE.files(context("modemA", "bird", **settings)))
    return text(files["/etc/bird/bird.conf"])


def test_every_interface_speaks_both_versions() -> None:
    node = context("modemA", "bird").node
    written = config(costs={node.interfaces[0].name: 50})
    for interface in node.interfaces:
        assert written.count(f'interface "{interface.name}" ') == 2
    assert written.count("cost 50;") == 2
    assert f"router id {node.addresses[0]};" in written


def test_a_configuration_of_ones_own_is_the_whole() -> None:
    assert config(config="router id 1.2.3.4;\n") == "router id 1.2.3.4;\n"


def test_the_cost_of_an_interface_that_is_not_there() -> None:
    with pytest.raises(TopologyError, match=r"bird\.costs: modemA has no interface 'eth9'"):
        config(costs={"eth9": 1})


def test_it_is_ready_when_its_socket_greets() -> None:
    (probe,) = bird.SERVICE.probes(context("modemA", "bird"))
    assert (probe.transport, probe.address) == ("unix", "/run/bird/bird.ctl")
