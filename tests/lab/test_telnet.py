"""Telnet to ftp.example.com, and the inetd behind it, which learns new services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.remote import call, shell
from tests.lab.terminal import Terminal

pytestmark = pytest.mark.lab

# One line in, one line out: who runs me, from where, and what I heard.
NOWAIT = """\
import os, pwd, socket, sys
peer = socket.socket(fileno=os.dup(0)).getpeername()[0]
line = sys.stdin.readline()
print(pwd.getpwuid(os.getuid()).pw_name, peer, line.strip())
"""
# The same, but descriptor 0 is the socket that listens, and several callers come to one process.
WAIT = """\
import os, pwd, socket
listener = socket.socket(fileno=0)
listener.settimeout(8)
try:
    while True:
        sock, peer = listener.accept()
        with sock, sock.makefile("rw") as stream:
            line = stream.readline().strip()
            print(pwd.getpwuid(os.getuid()).pw_name, peer[0], os.getpid(), line, file=stream)
except TimeoutError:
    pass
"""
LINES = """\
1060 stream tcp nowait brandon /usr/bin/python3 python3 /nowait.py
1061 stream tcp wait   brandon /usr/bin/python3 python3 /wait.py
"""


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.fixture(scope="module")
def extended(lab: Lab) -> Iterator[Node]:
    """ftp, with two more services in its inetd."""
    ftp = lab["ftp"]
    for path, text in (("/nowait.py", NOWAIT), ("/wait.py", WAIT)):
        ftp.run("tee", path, input=text, check=True, timeout=10)
    ftp.run("tee", "-a", "/etc/inetd.conf", input=LINES, check=True, timeout=10)
    shell(ftp, "pkill -HUP inetd && timeout 10 sh -c 'until nc -z ftp 1061; do :; done'")
    yield ftp
    lab.reset("ftp")


def ask(port: int, lines: list[str]) -> list[str]:
    """What ftp answers on *port* to each line, each on a connection of its own."""
    import socket

    answers = []
    for line in lines:
        with socket.create_connection(("ftp.example.com", port), timeout=10) as sock:
            sock.sendall(line.encode() + b"\n")
            with sock.makefile() as stream:
                answers.append(stream.readline().strip())
    return answers


def test_brandon_logs_in_and_gets_a_terminal(h1: Node) -> None:
    with Terminal(h1, "telnet", "-4", "ftp.example.com") as telnet:
        telnet.expect("login: ")
        telnet.type("brandon")
        telnet.expect("Password: ")
        telnet.type("abc123")
        telnet.expect("$ ")
        telnet.type("echo $(whoami) on $(hostname) at $(tty)")
        telnet.expect("brandon on ftp.example.com at /dev/pts/")
        telnet.type("stty -a | head -1")
        telnet.expect("rows 24; columns 80")
        telnet.type("exit")
        telnet.expect("Connection closed by foreign host.")
        telnet.wait()


def test_what_is_typed_at_the_password_does_not_show(h1: Node) -> None:
    with Terminal(h1, "telnet", "ftp") as telnet:
        telnet.expect("login: ")
        telnet.type("brandon")
        telnet.expect("Password: ")
        telnet.type("abc123")
        assert "abc123" not in telnet.expect("$ ")


def test_a_wrong_password_is_refused_and_asked_for_again(h1: Node) -> None:
    with Terminal(h1, "telnet", "ftp") as telnet:
        telnet.expect("login: ")
        telnet.type("brandon")
        telnet.expect("Password: ")
        telnet.type("guess")
        telnet.expect("Login incorrect")
        telnet.expect("login: ")


def test_a_password_travels_in_clear(lab: Lab, h1: Node) -> None:
    listen = ("tcpdump", "-i", "eth0", "--immediate-mode", "-lnnA", "tcp dst port 23")
    with lab["ftp"].start(*listen) as dump, Terminal(h1, "telnet", "ftp") as telnet:
        assert dump.stderr is not None
        assert dump.stdout is not None
        while b"listening on" not in dump.stderr.read(4096):
            pass
        telnet.expect("login: ")
        telnet.type("brandon")
        telnet.expect("Password: ")
        telnet.type("abc123")
        telnet.expect("$ ")
        dump.terminate()
        seen, _ = dump.communicate(timeout=10)
    assert b"abc123" in seen


def test_a_new_service_runs_for_each_caller_as_brandon(h1: Node, extended: Node) -> None:
    assert call(h1, ask, 1060, ["one", "two"]) == [
        "brandon 10.25.1.65 one",
        "brandon 10.25.1.65 two",
    ]


def test_a_waiting_service_is_one_process_for_all_callers(h1: Node, extended: Node) -> None:
    first, second = (answer.split() for answer in call(h1, ask, 1061, ["one", "two"]))
    assert first[0] == second[0] == "brandon"
    assert first[2] == second[2]  # its process
    assert (first[3], second[3]) == ("one", "two")


def test_telnet_still_answers_beside_them(h1: Node, extended: Node) -> None:
    with Terminal(h1, "telnet", "ftp") as telnet:
        telnet.expect("login: ")


def test_a_service_that_is_taken_out_is_gone_after_a_hup(lab: Lab, extended: Node) -> None:
    shell(extended, "sed -i '/^1060/d' /etc/inetd.conf; pkill -HUP inetd")
    shell(extended, "timeout 10 sh -c 'while nc -z ftp 1060; do :; done'")
    assert lab["h1"].run("nc", "-zw5", "ftp", "1060", timeout=10).returncode == 1
    shell(lab["h1"], "nc -zw5 ftp 1061")
