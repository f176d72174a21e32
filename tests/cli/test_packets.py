"""`capture`, `trace`, `why` and `up --capture` on the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from netplay import Lab
from netplay.capture import read_frames

from .conftest import NETPLAY, TOPOLOGY, Netplay

Capturing = Callable[..., tuple[int, bytes, bytes]]
pytestmark = [pytest.mark.lab, pytest.mark.timeout(60)]


@pytest.fixture
def capturing(small: Lab, environment: dict[str, str]) -> Capturing:
    """Runs `netplay capture WORDS`, with pings from h1 to www until it ends or has said *until*."""

    def call(*words: str, until: str = "") -> tuple[int, bytes, bytes]:
        process = subprocess.Popen(
            [*NETPLAY, "capture", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        with process:
            assert process.stdout is not None
            if until:
                ping_until(small, process, until)
            while process.poll() is None:
                small["h1"].run("ping", "-c1", "192.168.1.4")
            out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    return call


def ping_until(small: Lab, process: subprocess.Popen[bytes], until: str) -> None:
    """Pings until the program shows the first line, then interrupts it."""
    assert process.stdout is not None
    seen = threading.Event()

    def ping() -> None:
        while not seen.is_set():
            small["h1"].run("ping", "-c1", "192.168.1.4")

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        assert until.encode() in process.stdout.readline()
    finally:
        seen.set()
        thread.join()
    process.send_signal(signal.SIGINT)


def test_lines_have_names_and_end_after_a_count(capturing: Capturing) -> None:
    status, out, err = capturing("-c", "3", "h1", "icmp")
    lines = out.decode().splitlines()
    assert (status, len(lines)) == (0, 3)
    assert "h1 > www" in lines[0]
    assert "ICMP echo request" in lines[0]
    assert "h1:eth1 out" in lines[0]
    assert b"\x1b" not in out
    assert err.decode().startswith("3 packets in ")
    assert err.decode().endswith(": h1:eth1 3\n")


def test_ctrl_c_ends_with_counts(capturing: Capturing) -> None:
    status, _, err = capturing("icmp", until="ICMP echo")
    assert status == 0
    assert b"h1:eth1 " in err
    assert b"www:eth1 " in err


def test_json_is_one_object_a_line(capturing: Capturing) -> None:
    _, out, _ = capturing("--json", "-c", "2", "www", "icmp")
    first, second = map(json.loads, out.splitlines())
    assert (first["schema"], first["point"], first["source"]) == (1, "www:eth1", "h1")
    assert second["source"] == "www"


def test_a_file_and_a_pipe(capturing: Capturing, tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    status, out, err = capturing("-c", "4", "-w", str(path), "icmp")
    assert (status, out) == (0, b"")
    assert err.decode().startswith(f"recording to {path}; Ctrl-C ends it\n4 packets")
    with open(path, "rb") as file:
        assert len(list(read_frames(file))) == 4
    _, out, err = capturing("-c", "2", "-w", "-", "h1:eth1", "icmp")
    path.write_bytes(out)
    with open(path, "rb") as file:
        assert {frame.point for frame in read_frames(file)} == {"h1:eth1"}
    assert err.decode().startswith("2 packets")


def test_a_reader_that_leaves_ends_it(small: Lab, environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*NETPLAY, "capture", "-w", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdout is not None
    process.stdout.read(4)  # the file's header: it is at work
    process.stdout.close()
    process.wait(20)


def test_wrong_places_and_filters(netplay: Netplay) -> None:
    assert "no host is called 'h9'" in netplay("capture", "h9").stderr
    wrong = netplay("capture", "h1", "tcp", "prot", "80")
    assert (wrong.returncode, "column 5" in wrong.stderr) == (125, True)


def test_trace_shows_the_commands_output_and_its_packets(netplay: Netplay) -> None:
    done = netplay("trace", "h1", "--width", "70", "--", "sh", "-c", "ping -c1 www; exit 3")
    assert done.returncode == 3
    assert "1 received" in done.stdout
    head = next(line for line in done.stdout.splitlines() if line.split()[:1] == ["ms"])
    assert head.split() == ["ms", "h1", "www"]
    assert "ICMP echo request" in done.stdout
    nothing = netplay("trace", "h1", "--", "true")
    assert (nothing.stdout, nothing.stderr) == ("", "h1 sent and received nothing\n")
    assert netplay("trace", "h1").returncode == 2


def test_trace_as_json_and_as_pictures(netplay: Netplay, tmp_path: Path) -> None:
    done = netplay("trace", "--json", "h1", "--", "ping", "-c1", "www")
    found = json.loads(done.stdout)
    assert (found["schema"], found["status"], found["node"]) == (1, 0, "h1")
    assert found["command"] == ["ping", "-c1", "www"]
    assert "1 received" in done.stderr
    svg, html = tmp_path / "x.svg", tmp_path / "x.html"
    done = netplay(
        "trace", "--svg", str(svg), "--html", str(html), "h1", "--", "ping", "-c1", "www"
    )
    assert f"drawn in {svg}" in done.stderr
    assert "<svg" in svg.read_text()
    assert "<html" in html.read_text()
    assert " ms " not in done.stdout.partition("statistics")[0]


def test_why_says_it_in_a_sentence(netplay: Netplay) -> None:
    can = netplay("why", "h1", "www:22")
    assert can.returncode == 0
    assert can.stdout.splitlines()[-1].startswith("h1 can reach www:22, in ")
    cannot = netplay("why", "h1", "www:23")
    assert cannot.returncode == 1
    assert cannot.stdout.splitlines()[-1] == (
        "h1 cannot reach www:23: nobody listens on port 23/tcp of www."
    )
    found = json.loads(netplay("why", "h1", "www:23", "--json").stdout)
    assert (found["schema"], found["possible"], found["cause"]) == (1, False, "listener")
    assert found["findings"][-1]["node"] == "www"
    assert netplay("why", "h1", "www").returncode == 125


def test_up_records_from_the_first_packet_to_the_last(
    netplay: Netplay, tmp_path: Path, environment: dict[str, str]
) -> None:
    topology, path = tmp_path / "first.clab.yml", tmp_path / "first.pcapng"
    topology.write_text(TOPOLOGY.replace("name: cli", "name: first").replace("[ssh]", "[]"))
    own = {"NETPLAY_NAME": "first"}
    assert netplay("up", str(topology), "--capture", str(path), env=own).returncode == 0
    try:
        assert "is already up" in netplay("up", str(topology), env=own).stderr
        again = netplay("up", str(topology), "--capture", str(path), env=own)
        assert f"nothing is recorded; try: netplay capture -w {path}" in again.stderr
        assert netplay("h1", "ping", "-c1", "www", env=own).returncode == 0
    finally:
        netplay("down", env=own)
    with open(path, "rb") as file:
        frames = list(read_frames(file))
    assert {frame.point for frame in frames} == {"h1:eth1", "www:eth1"}
    # What a kernel says when an interface comes up: nobody could have asked for it in time.
    assert frames[0].data[12:14] in (b"\x86\xdd", b"\x08\x00")
    assert sum(frame.data[12:14] == b"\x08\x06" for frame in frames) >= 4


def test_a_file_that_cannot_be_written_leaves_no_lab(netplay: Netplay, tmp_path: Path) -> None:
    topology = tmp_path / "none.clab.yml"
    topology.write_text(TOPOLOGY.replace("name: cli", "name: none"))
    done = netplay("up", str(topology), "--capture", "/nonexistent/x", env={"NETPLAY_NAME": "none"})
    assert (done.returncode, done.stderr) == (
        125,
        "netplay: /nonexistent/x: No such file or directory\n",
    )
    assert "none" not in netplay("ls", "-q").stdout.split()
