"""A small lab for the command line's tests, and two ways to call netplay on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from netplay import Lab
from netplay.compiler import loads
from netplay.model import Topology

from .terminals import AtTerminal

NETPLAY = (sys.executable, "-m", "netplay")
NAME = "cli"
TOPOLOGY = """\
name: cli
topology:
  defaults:
    kind: linux
    config:
      vars:
        netplay:
          services: [ssh]
          lab:
            accounts:
              root: {password: abc123}
              brandon: {password: abc123, uid: 1000, sudo: true}
  nodes:
    h1:
      env: {GREETING: hello}
    www: {}
    sw: {kind: bridge}
  links:
    - {endpoints: ["h1:eth1", "sw:p1"], ipv4: [192.168.1.11/24]}
    - {endpoints: ["www:eth1", "sw:p2"], ipv4: [192.168.1.4/24]}
"""

Netplay = Callable[..., "subprocess.CompletedProcess[str]"]


def topology() -> Topology:
    return loads(TOPOLOGY, environment={})


@pytest.fixture(scope="session")
def small() -> Iterator[Lab]:
    """Two machines with sshd on one switch, up; the tests leave them as they found them."""
    with Lab(topology(), name=NAME) as lab:
        yield lab


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What netplay is called with: this source, the small lab, nothing of the person's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NETPLAY_")}
    paths = [path for path in sys.path if path]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "NETPLAY_RUN": os.environ["NETPLAY_RUN"],
        "NETPLAY_NAME": NAME,
        "TERM": "xterm-256color",
    }


@pytest.fixture
def netplay(small: Lab, environment: dict[str, str]) -> Netplay:
    """Runs netplay on the small lab and returns what came of it."""

    def call(
        *words: str, input: str = "", env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [*NETPLAY, *words],
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            env={**environment, **(env or {})},
            **options,
        )

    return call


@pytest.fixture
def at_terminal(small: Lab, environment: dict[str, str]) -> Iterator[Callable[..., AtTerminal]]:
    """Runs netplay at a terminal of its own."""
    started: list[AtTerminal] = []

    def call(*words: str, **options: object) -> AtTerminal:
        started.append(AtTerminal([*NETPLAY, *words], environment, **options))  # type: ignore[arg-type]
        return started[-1]

    yield call
    for each in started:
        each.close()
