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

import itertools
import os
import random
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from netplay.lab import Lab
    from netplay.model import Topology
    from netplay.pytest_plugin.watched import WatchedLab

_LAB = pytest.StashKey["WatchedLab"]()
_OTHERS_DEADLINE = pytest.StashKey[float]()  # of pytest-timeout, by time.monotonic()
# Of the labs of this process: one that is kept has its name for itself.
_NUMBERS = itertools.count(1)
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
    parser.addini(
        "netplay_timeout",
        "seconds after which a test with a lab fails, with its report (0, the default: when"
        " pytest-timeout is about to end it)",
        default="0",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker, the seed, and a look at the limit of time."""
    config.addinivalue_line(
        "markers",
        "topology(source): the network of the fixture `lab`: a *.clab.yml file beside the test,"
        " a Topology, a Network, or (as source=…) a function that returns one of them",
    )
    if config.getoption("--netplay-seed") is None:
        told = getattr(config, "workerinput", {})  # under xdist, by the process that distributes
        config.option.netplay_seed = told.get("netplay_seed", random.randrange(1 << 31))
    _limit(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One run has one seed, however many workers there are (xdist)."""
    node.workerinput["netplay_seed"] = node.config.getoption("--netplay-seed")


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
    from netplay.pytest_plugin.networks import network_of, pair

    marker = request.node.get_closest_marker("topology")
    if marker is None:
        return pair()
    # By keyword too: pytest takes a mark with one function as a decorator of that function.
    source = marker.kwargs["source"] if "source" in marker.kwargs else marker.args[0]
    return network_of(source, request.path.parent)


@pytest.fixture
def lab(request: pytest.FixtureRequest, topology: Topology) -> Iterator[Lab]:
    """A fresh lab of `topology`, for one test."""
    with _started(request, topology) as lab, _used(request, lab):
        yield lab


@pytest.fixture(scope="session")
def playground_session(request: pytest.FixtureRequest) -> Iterator[WatchedLab]:
    """The playground, up for the whole run (of one worker, under xdist)."""
    from netplay import playground as describe

    with _started(request, describe()) as lab:
        yield lab


@pytest.fixture
def playground(request: pytest.FixtureRequest, playground_session: WatchedLab) -> Iterator[Lab]:
    """The playground: twelve machines with real daemons; shared by the tests that use it.

    Links that a test made worse are healed after it; `playground.reset("www")` gives a machine
    back its files.
    """
    with _used(request, playground_session):
        yield playground_session
        playground_session.heal()


@contextmanager
def _used(request: pytest.FixtureRequest, lab: WatchedLab) -> Iterator[None]:
    """What surrounds one test in a lab: its seed, and a recording of every link."""
    config, item = request.config, request.node
    item.stash[_LAB] = lab
    item.user_properties.append(("netplay_seed", config.getoption("--netplay-seed")))
    lab.begin(item.nodeid)
    capture = None
    if config.getoption("--netplay-pcap") != "off":
        # Packets are looked at only if somebody asks.
        capture = lab.capture(keep=_KEPT, quick=True)
        capture.start()
    try:
        yield
    finally:
        lab.end()
        if capture is not None:
            # What is to be kept was kept when the report was made.
            capture.discard()


@contextmanager
def _started(request: pytest.FixtureRequest, topology: Topology) -> Iterator[WatchedLab]:
    """A lab that is up: skips where it cannot be, stays where that was asked for."""
    from netplay.errors import HostError
    from netplay.pytest_plugin.watched import WatchedLab

    config = request.config
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"{topology.name[:20]}-{os.getpid()}{worker}-{next(_NUMBERS)}"
    lab = WatchedLab(topology, name=name, seed=config.getoption("--netplay-seed"))
    keep = config.getoption("--netplay-keep")
    try:
        lab.up(linger=keep)
    except HostError as error:
        if config.getoption("--netplay-require") or os.environ.get("CI"):
            raise
        pytest.skip(f"this computer cannot start labs: {error}")
    try:
        yield lab
    finally:
        if not (keep and lab.has_failed):
            lab.down()


# ---------------------------------------------------------------- the limit of time


def _limit(config: pytest.Config) -> float:
    """The seconds that a test with a lab may take by `netplay_timeout`; 0 is no limit."""
    text = str(config.getini("netplay_timeout"))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise pytest.UsageError(f"netplay_timeout: '{text}' is not a number of seconds")
    return seconds


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> None:
    """Notes when pytest-timeout is going to end a test; its own timer is set all the same."""
    item.stash[_OTHERS_DEADLINE] = time.monotonic() + settings.timeout


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Ends a test that takes too long while it can still be explained."""
    if _LAB not in item.stash:
        return (yield)
    from netplay.pytest_plugin.deadline import deadline

    limits = []
    if own := _limit(item.config):
        limits.append((own, f"netplay_timeout, {own:g} s"))
    if (other := item.stash.get(_OTHERS_DEADLINE, None)) is not None:
        left = other - time.monotonic()
        # Sockets and packets have to be asked for before the other timer ends everything.
        limits.append((left - min(5.0, left / 3), "pytest-timeout's limit, less time to explain"))
    with deadline(*min(limits)) if limits else deadline():
        return (yield)


# ---------------------------------------------------------------- the report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to the report of a failed test what its lab knows."""
    report = yield
    lab = item.stash.get(_LAB, None)
    # A fixture that uses the lab may fail before the test begins.
    if lab is not None and report.when != "teardown" and (report.failed or report.when == "call"):
        from netplay.pytest_plugin.report import packets, sections

        mode = item.config.getoption("--netplay-pcap")
        if mode == "all" or (mode == "failed" and report.failed):
            report.sections += list(packets(lab, item, drawn=report.failed))
        if report.failed:
            lab.has_failed = True
            report.sections += list(sections(lab, item))
    return report
