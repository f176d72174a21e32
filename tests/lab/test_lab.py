"""What a program can do with a lab: run, talk, wait, signal, and own sockets on a node."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Lab, LabError, Network, TopologyError, image, playground
from netplay.errors import NoSuchLab, NoSuchNode
from netplay.keeper import protocol
from netplay.lab.process import CommandFailed, TimedOut

pytestmark = pytest.mark.lab


def test_run_gives_status_and_both_outputs(lab: Lab) -> None:
    done = lab["h1"].run("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


def test_a_program_may_be_one_list(lab: Lab) -> None:
    assert lab["h1"].run(["echo", "a b"]).stdout == "a b\n"


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["true"], 0),
        (["no-such-program"], 127),
        (["/etc/passwd"], 126),
        (["sh", "-c", "kill -9 $$"], 137),
    ],
)
def test_the_status_is_what_a_shell_would_say(lab: Lab, argv: list[str], status: int) -> None:
    assert lab["h1"].run(argv).returncode == status


def test_input_and_output_of_any_size_pass(lab: Lab) -> None:
    text = "0123456789abcdef" * 65536
    assert lab["h1"].run("cat", input=text).stdout == text


def test_a_program_that_does_not_read_its_input_is_no_trouble(lab: Lab) -> None:
    assert lab["h1"].run("true", input="x" * 1_000_000).returncode == 0


def test_check_raises_with_what_the_program_said(lab: Lab) -> None:
    with pytest.raises(CommandFailed, match=r"h1: 'sh -c .*' ended with status 3: because"):
        lab["h1"].run("sh", "-c", "echo because >&2; exit 3", check=True)


def test_a_program_that_takes_too_long_is_killed(lab: Lab) -> None:
    with pytest.raises(TimedOut, match="was killed after"):
        lab["h1"].run("sleep", "1000.123", timeout=0.05)
    while lab["h1"].run("pgrep", "-f", "sleep 1000.123").stdout:  # SIGKILL is on its way
        pass


def test_user_folder_and_environment(lab: Lab) -> None:
    done = lab["h1"].run(
        "sh", "-c", "id -un; pwd; echo $COLOUR", user="brandon", env={"COLOUR": "red"}
    )
    assert done.stdout.split() == ["brandon", "/home/brandon", "red"]
    assert lab["h1"].run("pwd", cwd="/tmp").stdout == "/tmp\n"


def test_start_talks_while_it_runs(lab: Lab) -> None:
    with lab["h1"].start("cat") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"ping\n")
        assert process.stdout.read(5) == b"ping\n"
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 143


def test_a_program_ends_when_its_line_is_closed(lab: Lab) -> None:
    process = lab["h1"].start("sleep", "2000.5")
    assert lab["h1"].run("pgrep", "-f", "sleep 2000.5").stdout
    process.close()
    while lab["h1"].run("pgrep", "-f", "sleep 2000.5").stdout:  # it is hung up, then killed
        pass


def test_many_programs_at_once(lab: Lab) -> None:
    processes = [
        lab[node].start("sh", "-c", "sleep 0.05; hostname") for node in ("h1", "h2", "www")
    ] * 1
    assert [p.communicate(timeout=10)[0].decode().strip() for p in processes] == [
        "h1",
        "h2",
        "www.example.com",
    ]


def test_sockets_on_two_nodes_in_one_process(lab: Lab) -> None:
    with lab["www"].socket() as server, lab["h1"].socket() as client:
        server.bind(("10.130.1.4", 8123))
        server.listen()
        client.settimeout(5)
        client.connect(("10.130.1.4", 8123))
        accepted, peer = server.accept()
        with accepted:
            assert peer[0] == "10.25.1.65"  # the modem's address: h1 is behind it
            assert client.getsockname()[0] == "192.168.1.11"
            client.sendall(b"hello")
            assert accepted.recv(5) == b"hello"


def test_a_socket_of_another_kind(lab: Lab) -> None:
    with lab["h2"].socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        assert sock.family == socket.AF_INET6
        sock.connect(("2001:db8:130:1::4", 9))
        assert sock.getsockname()[0] == "2001:db8:a::12"


def test_sockets_from_many_threads(lab: Lab) -> None:
    found: dict[str, str] = {}

    def look(name: str, address: str) -> None:
        for _ in range(20):
            with lab[name].socket(type=socket.SOCK_DGRAM) as sock:
                sock.connect((address, 9))
                found[name] = sock.getsockname()[0]

    threads = [
        threading.Thread(target=look, args=(name, "10.1.1.1"))
        for name in ("h1", "h4", "www", "ftp")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {
        "h1": "192.168.1.11",
        "h4": "192.168.1.14",
        "www": "10.130.1.4",
        "ftp": "10.130.1.2",
    }


def test_a_wrong_name_suggests_the_nearest(lab: Lab) -> None:
    with pytest.raises(NoSuchNode, match="no machine called 'modmA'; did you mean 'modemA'"):
        lab["modmA"]
    with pytest.raises(
        LabError, match="mail has no service called 'postfx'; did you mean 'postfix'"
    ):
        lab.service("mail", "postfx", "restart")


def test_a_lab_that_is_not_up_says_how_to_bring_it_up() -> None:
    with pytest.raises(NoSuchLab, match=r"the lab 'nowhere' is not up; try: netplay -n nowhere up"):
        Lab.attach("nowhere")


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 41])
def test_a_name_that_could_not_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is not a name for a lab"):
        Lab(playground(), name=name or "/")


def test_attach_finds_the_same_lab(lab: Lab) -> None:
    again = Lab.attach(lab.name)
    assert again.topology == lab.topology
    assert again.state()["keeper"] == lab.state()["keeper"]


def test_the_keeper_survives_nonsense(lab: Lab) -> None:
    for request in (
        {"op": "dance"},
        {"op": "run"},
        {"op": "socket", "node": "x"},
        {"op": "run", "node": "h1", "argv": 3},
    ):
        with pytest.raises(LabError):
            lab.ask(request)
    with lab.line() as line:
        line.send(b"\xff not json")
        assert line.recv(10) == b""
    assert lab["h1"].run("true").returncode == 0


def test_a_terminal_is_the_nodes_own(lab: Lab) -> None:
    process, master = lab["h1"].terminal("sh", "-c", "tty; stty size; exec cat")
    try:
        text = b""
        while text.count(b"\n") < 2:
            text += os.read(master, 1024)
        assert b"/dev/pts/" in text
        os.write(master, b"\x03")  # Ctrl-C reaches the program through its terminal
        assert process.wait(5) == 130
    finally:
        os.close(master)
        process.close()


@pytest.fixture
def descriptors() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.usefixtures("descriptors")
def test_nothing_is_left_open_in_the_caller(lab: Lab) -> None:
    lab["h1"].run("true")
    lab["h1"].socket().close()
    lab.state()
    with pytest.raises(LabError):
        lab["h1"].run("true", user="nobody-here", check=True)


def test_a_network_that_is_being_described_is_enough() -> None:
    net = Network("described")
    net.link(net.host("a"), net.host("b"))
    with Lab(net) as lab:
        assert lab["a"].run("ping", "-c1", "-W2", "b").returncode == 0


def test_a_lab_that_is_up_already_is_not_taken_over() -> None:
    net = Network("taken")
    net.host("a")
    with Lab(net) as first:
        with pytest.raises(LabError, match="'taken' is up already"), Lab(net):
            pass
        assert first["a"].run("true").returncode == 0


def test_a_folder_of_the_image_can_be_removed_and_made_anew(lab: Lab) -> None:
    line = "touch /etc/skel/more && rm -r /etc/skel && mkdir /etc/skel && ls -A /etc/skel"
    done = lab["h4"].run("sh", "-c", line)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lab.reset("h4")


def test_a_lab_comes_up_after_its_image_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    # The keeper that waits meanwhile is sent away, for it may take minutes; another comes after.
    there, asked = image.present(), []
    monkeypatch.setattr(image, "found", lambda _layers: ())
    monkeypatch.setattr(image, "ensure_all", lambda layers: asked.append(layers) or there)
    network = Network("late-image")
    network.host("only")
    with Lab(network) as lab:
        assert lab["only"].run("hostname").stdout == "only\n"
    assert asked == [()]


def test_what_is_wrong_with_a_described_network_is_told() -> None:
    net = Network("described")
    net.host("a", services=["ngnix"])
    with pytest.raises(TopologyError, match="did you mean 'nginx'"):
        Lab(net)


def test_a_plan_that_fails_sends_the_keeper_away(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network("unplanned")
    net.host("a")
    lab = Lab(net)

    def fail(*_: object, **__: object) -> None:
        raise LabError("no plan")

    monkeypatch.setattr("netplay.lab.planning.others", fail)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    with pytest.raises(LabError, match="no plan"):
        lab.up()
    assert not lab.place.folder.exists()
    assert children.read_text() == before
    monkeypatch.undo()
    assert lab.up(linger=False)
    lab.down()


def test_a_node_that_is_paused_is_there_and_does_not_answer(lab: Lab) -> None:
    www, h1 = lab["www"], lab["h1"]
    ask = ("curl", "-s", "-o", "/dev/null", "-m", "0.3", "http://www.example.com/site/")
    www.pause()
    try:
        assert h1.run(*ask).returncode == 28  # curl(1): the time is up; the connection is made
        assert h1.run("ping", "-c1", "-W2", "10.130.1.4").returncode == 0
        assert www.run("echo", "awake").stdout == "awake\n"
    finally:
        www.resume()
    assert h1.run(*ask[:4], "-m", "10", ask[-1]).returncode == 0


def test_run_can_be_awaited(lab: Lab) -> None:
    async def both() -> list[str]:
        done = await asyncio.gather(*(lab[name].arun("hostname") for name in ("h1", "h4")))
        return [each.stdout for each in done]

    assert asyncio.run(both()) == ["h1\n", "h4\n"]


def test_a_client_that_goes_before_it_is_told_takes_its_program_along(lab: Lab) -> None:
    request = {"op": "run", "node": "h1", "argv": ["sleep", "4000.75"], "environment": {}}
    with open(os.devnull, "r+b") as null, lab.line() as line:
        protocol.send(line, request, (null.fileno(),) * 3)
    # A later client is answered after this one: by then the program has been started.
    while lab["h1"].run("pgrep", "-f", "^sleep 4000.75").stdout:  # hung up, then killed
        pass
