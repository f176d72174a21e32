"""Networks in tests: the fixtures ``lab`` and ``playground``, and what they tell when a test fails.

    def test_the_server_answers(lab):                 # two hosts, a and b, on one cable
        with lab["b"]:
            server = socket.create_server(("b", 9000))
        with lab["a"]:
            client = socket.create_connection(("b", 9000))

    @pytest.mark.topology("cafe.clab.yml")            # a file beside the test, or a Topology
    def test_behind_nat(lab): ...

This module is loaded in every pytest run of an environment that has netplay: it imports
nothing but pytest and the standard library until a fixture is used.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from netplay.lab import Lab
    from netplay.lab.capturing import Capture
    from netplay.model import Topology

_LAB = pytest.StashKey["Lab"]()
_MOST_LINES = 40  # of each program's output in a report
_MOST_ROWS = 40  # of a ladder
_KEPT = 1 << 22  # bytes of packets: the last ones of a test


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in a group of their own."""
    group = parser.getgroup("netplay", "networks of several hosts (netplay)")
    group.addoption(
        "--netplay-seed",
        type=int,
        metavar="N",
        help="what decides which packets an impaired link loses; printed when a test fails",
    )
    group.addoption(
        "--netplay-keep",
        action="store_true",
        help="leave the lab of a failed test up, and say how to look into it",
    )
    group.addoption(
        "--netplay-pcap",
        choices=("failed", "all", "off"),
        default="failed",
        help="record the labs of tests and keep a pcapng file of failed ones (the default) or of"
        " all, in pytest's cache folder; off: record nothing",
    )
    group.addoption(
        "--netplay-require",
        action="store_true",
        help="fail, rather than skip, where labs cannot be started (always so if CI is set)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line(
        "markers",
        "topology(source): the network of the fixture `lab`: a *.clab.yml file beside the test,"
        " a Topology, a Network, or (as source=…) a function that returns one of them",
    )
    if config.getoption("--netplay-seed") is None:
        config.option.netplay_seed = random.randrange(1 << 31)


def pytest_report_header(config: pytest.Config) -> str | None:
    """The seed, where it was chosen by hand."""
    if "--netplay-seed" in " ".join(config.invocation_params.args):
        return f"netplay seed: {config.getoption('--netplay-seed')}"
    return None


@pytest.fixture
def topology(request: pytest.FixtureRequest) -> Topology:
    """The network of the fixture `lab`; override it, or use the marker of the same name.

    Without either: two hosts, a (10.0.0.1) and b (10.0.0.2), on one cable.
    """
    marker = request.node.get_closest_marker("topology")
    if marker is None:
        return _pair()
    # By keyword too: pytest takes a mark with one function as a decorator of that function.
    source = marker.kwargs["source"] if "source" in marker.kwargs else marker.args[0]
    return _topology(source, request.path.parent)


@pytest.fixture
def lab(request: pytest.FixtureRequest, topology: Topology) -> Iterator[Lab]:
    """A fresh lab of `topology`, for one test."""
    with _Started(request, topology) as lab, _recorded(request.config, lab):
        yield lab


@pytest.fixture(scope="session")
def playground_session(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The playground, up for the whole run (of one worker, under xdist)."""
    from netplay import playground as describe

    with _Started(request, describe()) as lab:
        yield lab


@pytest.fixture
def playground(request: pytest.FixtureRequest, playground_session: Lab) -> Iterator[Lab]:
    """The playground: twelve machines with real daemons; shared by the tests that use it."""
    request.node.stash[_LAB] = playground_session
    with _recorded(request.config, playground_session):
        yield playground_session


@contextmanager
def _recorded(config: pytest.Config, lab: Lab) -> Iterator[None]:
    """Records every link while a test runs; packets are looked at only if somebody asks."""
    if config.getoption("--netplay-pcap") == "off":
        yield
        return
    capture = lab.capture(keep=_KEPT, quick=True)
    capture.start()
    try:
        yield
    finally:
        # What is to be kept was kept when the report was made.
        capture.discard()


class _Started:
    """Brings a lab up for a fixture: skips where it cannot, keeps it where that was asked."""

    def __init__(self, request: pytest.FixtureRequest, topology: Topology) -> None:
        from netplay import Lab

        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        self._request = request
        self._lab = Lab(topology, name=f"{topology.name[:20]}-{os.getpid()}{worker}")

    def __enter__(self) -> Lab:
        from netplay.errors import HostError

        config = self._request.config
        try:
            self._lab.up(linger=config.getoption("--netplay-keep"))
        except HostError as error:
            if config.getoption("--netplay-require") or os.environ.get("CI"):
                raise
            pytest.skip(f"this computer cannot start labs: {error}")
        self._request.node.stash[_LAB] = self._lab
        return self._lab

    def __exit__(self, *_: object) -> None:
        keep = self._request.config.getoption("--netplay-keep")
        if not (keep and self._request.session.testsfailed):
            self._lab.down()


def _topology(source: Any, folder: Path) -> Topology:
    from netplay import Topology, load

    if callable(source) and not isinstance(source, Topology):
        source = source()
    if isinstance(source, str | Path):
        return load(folder / source)
    if hasattr(source, "topology"):
        source = source.topology()
    if not isinstance(source, Topology):
        raise pytest.UsageError(
            f"@pytest.mark.topology({source!r}): give a file, a Topology, a Network,"
            " or a function that returns one"
        )
    return source


def _pair() -> Topology:
    from ipaddress import ip_interface

    from netplay.model import Endpoint, Interface, Link, Node, Topology

    nodes = []
    for number, name in enumerate(("a", "b"), 1):
        addresses = (ip_interface(f"10.0.0.{number}/24"), ip_interface(f"2001:db8::{number}/64"))
        interface = Interface(name="eth0", mac=f"02:00:00:00:00:{number:02x}", addresses=addresses)
        nodes.append(Node(name=name, interfaces=(interface,)))
    link = Link(a=Endpoint("a", "eth0"), b=Endpoint("b", "eth0"))
    return Topology(name="pair", nodes=tuple(nodes), links=(link,))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to the report of a failed test what its lab knows."""
    report = yield
    lab = item.stash.get(_LAB, None)
    if lab is not None and report.when == "call":
        mode = item.config.getoption("--netplay-pcap")
        if report.failed:
            report.sections += list(_sections(lab, item))
        if mode == "all" or (mode == "failed" and report.failed):
            report.sections += list(_packets(lab, item, drawn=report.failed))
    return report


def _packets(lab: Lab, item: pytest.Item, *, drawn: bool) -> Iterator[tuple[str, str]]:
    """Keeps the packets of a test in a file, and draws the last of them."""
    from netplay.errors import LabError

    try:
        capture = lab.captured
        if drawn:
            yield "netplay: the last packets", _last_rows(capture)
        # Without it (-p no:cacheprovider) there is no place that outlives the run.
        cache = getattr(item.config, "cache", None)
        if cache is not None:
            name = re.sub(r"[^A-Za-z0-9_.-]+", "-", item.nodeid)[-150:]
            path = cache.mkdir("netplay") / f"{name}.pcapng"
            capture.save(path)
            yield "netplay: all packets", str(path)
    except (LabError, OSError) as error:
        yield "netplay: the packets", f"cannot be shown: {error}"


def _last_rows(capture: Capture) -> str:
    from netplay.capture import to_text
    from netplay.capture.ladder import Gap

    journeys = capture.journeys
    picture = capture.picture(journeys=journeys[-_MOST_ROWS:])
    if not picture.rows:
        return "nothing was sent"
    if len(journeys) > _MOST_ROWS:
        gap = Gap(len(journeys) - _MOST_ROWS)
        picture = replace(picture, rows=(gap, *picture.rows))
    return to_text(picture, 100)


def _sections(lab: Lab, item: pytest.Item) -> Iterator[tuple[str, str]]:
    from netplay.errors import LabError

    try:
        listening = [
            f"{node.name}: {s.address} port {s.port}/{s.transport}"
            for node in lab
            for s in node.listening()
        ]
    except LabError as error:
        yield "netplay: the lab", str(error)
        return
    yield "netplay: who listens where", "\n".join(listening) or "nobody, anywhere"
    for node, done in lab.history:
        lines = (done.stdout + done.stderr).splitlines()[-_MOST_LINES:]
        title = f"netplay: {node}$ {' '.join(done.argv)} (status {done.returncode})"
        yield title, "\n".join(lines)
    seed = item.config.getoption("--netplay-seed")
    yield "netplay: once more", f"pytest '{item.nodeid}' --netplay-seed={seed}"
    if item.config.getoption("--netplay-keep"):
        yield "netplay: look inside", f"netplay -n {lab.name} {next(iter(lab)).name}"
