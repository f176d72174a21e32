"""nginx as a load balancer."""

from __future__ import annotations

import pytest

from netplay.errors import TopologyError
from netplay.services import nginx
from tests.services.contexts import context


def test_the_servers_are_there_by_address_and_get_every_request() -> None:
    there = context("www", "nginx", services=["nginx"], backends=["h1:8000", "h2:8000"])
    config = nginx.nginx_conf(there)
    group = config[config.index("upstream backends") :].partition("}")[0]
    h1, h2 = (there.topology[name].addresses[0] for name in ("h1", "h2"))
    assert group.split() == [
        *("upstream", "backends", "{"),
        *("server", f"{h1}:8000;", "server", f"{h2}:8000;"),
    ]
    assert "proxy_pass http://backends;" in config
    assert "try_files" not in config


def test_without_the_setting_there_is_nothing_of_it() -> None:
    assert "backends" not in nginx.nginx_conf(context("www", "nginx", services=["nginx"]))


def test_it_is_ready_without_asking_a_server() -> None:
    probes = nginx.SERVICE.probes(context("www", "nginx", backends=["h1:8000"]))
    assert [probe.port for probe in probes] == [443]


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        ("h1", "'h1' is not as 'NODE:PORT'"),
        ("h11:80", "no node is called 'h11'; did you mean 'h1'"),
    ],
)
def test_wrong_servers(backend: str, sentence: str) -> None:
    with pytest.raises(TopologyError, match=sentence):
        nginx.nginx_conf(context("www", "nginx", services=["nginx"], backends=[backend]))
