"""Which link a person means. Pure."""

from __future__ import annotations

import pytest

from netplay.errors import LabError
from netplay.lab.links import choose
from netplay.model import Node, Role, Topology
from tests.plan.networks import interface, link

NETWORK = Topology(
    name="words",
    nodes=(
        Node(name="modem", role=Role.ROUTER, interfaces=(interface("eth0", 1),)),
        Node(name="lan", role=Role.SWITCH),
        Node(name="attic", role=Role.SWITCH),
        Node(name="h1", interfaces=(interface("eth1", 2),)),
        Node(name="h2", interfaces=(interface("eth1", 3),)),
        Node(name="h3", interfaces=(interface("eth1", 4),)),
        Node(name="isp", role=Role.ROUTER, interfaces=(interface("eth0", 5),)),
        Node(name="idle"),
    ),
    links=(
        link("h1:eth1", "lan:1"),
        link("lan:2", "h2:eth1"),
        link("modem:eth1", "lan:3"),
        link("lan:4", "attic:1"),
        link("attic:2", "h3:eth1"),
        link("modem:eth0", "isp:eth0"),
        link("modem:eth2", "isp:eth1"),
    ),
)


@pytest.mark.parametrize(
    ("words", "name", "forward", "backward"),
    [
        (["h1", "lan"], "h1:eth1 lan:1", True, True),
        (["lan", "h1"], "h1:eth1 lan:1", True, True),
        (["h1"], "h1:eth1 lan:1", True, True),
        (["h1:eth1"], "h1:eth1 lan:1", True, True),
        (["lan:2"], "lan:2 h2:eth1", True, True),
        (["h1:eth1 lan:1"], "h1:eth1 lan:1", True, True),
        (["h1>lan"], "h1:eth1 lan:1", True, False),
        (["lan > h1"], "h1:eth1 lan:1", False, True),
        (["h1", ">", "lan"], "h1:eth1 lan:1", True, False),
        (["modem:eth0", "isp"], "modem:eth0 isp:eth0", True, True),
        (["isp:eth1>modem"], "modem:eth2 isp:eth1", False, True),
        (["lan", "attic"], "lan:4 attic:1", True, True),
        # across a switch: the host's cable, the same one from both sides
        (["h1", "modem"], "h1:eth1 lan:1", True, True),
        (["modem", "h1"], "h1:eth1 lan:1", True, True),
        (["h1>modem"], "h1:eth1 lan:1", True, False),
        (["modem>h1"], "h1:eth1 lan:1", False, True),
        (["h2>modem"], "lan:2 h2:eth1", False, True),
        # two hosts: the one that the topology names first
        (["h2", "h1"], "h1:eth1 lan:1", True, True),
        # across two switches
        (["h3", "modem"], "attic:2 h3:eth1", True, True),
    ],
)
def test_words_name_a_link(words: list[str], name: str, forward: bool, backward: bool) -> None:
    chosen = choose(NETWORK, *words)
    assert (chosen.link.name, chosen.forward, chosen.backward) == (name, forward, backward)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["hh1"], "there is no 'hh1' in this lab; did you mean 'h1'"),
        (["modem"], "modem has 3 links: 'modem:eth1 lan:3', 'modem:eth0 isp:eth0'.*; say which"),
        (["modem", "isp"], "modem and isp are joined by 2 links: 'modem:eth0 isp:eth0', "),
        (["h1", "isp"], "h1 and isp are no neighbours; h1 has: 'h1:eth1 lan:1'"),
        (["h1:eth9"], "h1 has no link at 'eth9'; did you mean 'eth1'"),
        (["idle"], "idle has no link"),
        (["h1>"], "'h1>' is not a direction as in 'h1>h2'"),
        (["a>b>c"], "is not a direction"),
        (["h1", "h2", "h3"], "'h1 h2 h3' does not name a link; name its two ends"),
        ([], "does not name a link"),
    ],
)
def test_words_that_name_none_are_told_why(words: list[str], sentence: str) -> None:
    with pytest.raises(LabError, match=sentence):
        choose(NETWORK, *words)
