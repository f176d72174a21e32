"""The three pictures of a topology."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from netplay.compiler import Network, loads
from netplay.map import mermaid, svg, text_map
from netplay.map.tree import forest
from netplay.model import Topology
from netplay.playground import playground

GOOD = sorted((Path(__file__).parent.parent / "topology").glob("*.clab.yml"))

PLAYGROUND = """\
                         backbone
                         10.1.1.1
               ┌────────────┴─────────────┐
              isp                      example
           10.25.1.1                  10.130.1.1
       ┌───────┴────────┐                 │
     modemA           modemB          exampleCOM
   10.25.1.65       10.25.1.66      10.130.1.0/24
       │                │           ┌─────┼──────┐
     homeA            homeB        ftp   mail   www
 192.168.1.0/24   192.168.1.0/24    .2    .3     .4
 ┌─────┼─────┐          │
 h1    h2    h3         h4
.11   .12   .13        .14
"""


def golden(path: Path) -> Topology:
    environment = {"LAB": "seminar", "EMPTY": ""}
    return loads(path.read_text(encoding="utf-8"), str(path), environment=environment)


def test_the_playground_on_a_terminal() -> None:
    assert text_map(playground()) == PLAYGROUND


def test_too_narrow_for_a_drawing() -> None:
    lines = text_map(playground(), width=40, ascii_only=True).splitlines()
    assert lines[:3] == ["backbone  10.1.1.1", "|- isp  10.25.1.1", "|  |- modemA  10.25.1.65"]
    assert max(map(len, lines)) <= 40
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_every_topology_can_be_drawn(path: Path) -> None:
    topology = golden(path)
    text = text_map(topology)
    flowchart = mermaid(topology)
    drawn = [n.get("data-node") for n in ElementTree.fromstring(svg(topology)).iter()]
    for node in topology:
        assert re.search(rf"(?<![\w.-]){re.escape(node.name)}(?![\w-])", text)
        assert node.name in flowchart
        assert node.name in drawn
    assert flowchart.count("---") == len(topology.links)


def test_islands_and_rings() -> None:
    net = Network("ring")
    for name in ("a", "b", "c", "alone"):
        net.router(name)
    net.link("a", "b")
    net.link("b", "c", loss="1%")
    net.link("c", "a")
    topology = net.topology()
    trees = forest(topology)
    assert [root.node.name for root in trees.roots] == ["a", "alone"]
    assert [link.name for link in trees.others] == ["b:eth1 c:eth0"]
    assert "and\n   b:eth1 ─ c:eth0 loss 1%\n" in text_map(topology)
    assert 'class="wire ring impaired" data-link="b:eth1 c:eth0"' in svg(topology)


def test_impairments_point_the_way() -> None:
    net = Network("x")
    net.host("low")
    net.router("top")
    net.host("other")
    net.link("low", "top", forward={"delay": "1ms"}, backward={"rate": "1mbit"})
    net.link("other", "top", delay="5ms", jitter="1ms")
    text = text_map(net.topology())
    assert "↓ 1Mbit/s" in text
    assert "↑ 1ms" in text
    assert "5ms ±1ms" in text
    assert '-- "↓ 1Mbit/s<br/>↑ 1ms" ---' in mermaid(net.topology())


def test_the_svg_says_everything_to_those_who_point() -> None:
    tree = ElementTree.fromstring(svg(playground()))
    space = {"s": "http://www.w3.org/2000/svg"}
    titles = {g.get("data-node"): g.findtext("s:title", "", space) for g in tree.iter()}
    assert titles["www"].splitlines() == [
        "www www.example.com",
        "eth0 10.130.1.4/24 2001:db8:130:1::4/64",
        "runs ssh, nginx, httpbin, geocoder",
    ]
    links = {path.get("data-link") for path in tree.iter() if path.get("data-link")}
    assert links == {link.name for link in playground().links}


def test_cards_do_not_overlap() -> None:
    tree = ElementTree.fromstring(svg(playground()))
    cards = [
        tuple(float(rect.get(key, "0")) for key in ("x", "y", "width", "height"))
        for rect in tree.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("class") == "card"
    ]
    assert len(cards) == 15
    for i, (x, y, width, height) in enumerate(cards):
        for other_x, other_y, other_width, other_height in cards[:i]:
            assert (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )


def test_names_are_escaped() -> None:
    net = Network('<x & "y">')
    net.host("a")
    ElementTree.fromstring(svg(net.topology()))
