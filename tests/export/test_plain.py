"""Plain data: what ``--json`` shows."""

from __future__ import annotations

import json

from netplay.compiler import Network
from netplay.export import plain
from netplay.playground import playground


def test_it_is_json() -> None:
    data = plain(playground())
    assert json.loads(json.dumps(data)) == data


def test_usual_values_are_left_out() -> None:
    net = Network("x", ipv6="none")
    net.host("a")
    net.host("b")
    net.link("a", "b", forward={"delay": "20ms"})
    data = plain(net.topology())
    assert data["nodes"][0] == {
        "name": "a",
        "hostname": "a",
        "interfaces": [{"name": "eth0", "mac": "02:00:00:01:00:00", "addresses": ["10.0.1.11/24"]}],
    }
    assert data["links"] == [{"a": "a:eth0", "b": "b:eth0", "forward": {"delay": 0.02}}]
