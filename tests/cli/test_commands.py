"""Commands on a node, without a terminal: streams, exit status, signals, who and where."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from netplay import Lab

from .conftest import NETPLAY, Netplay, topology

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["h1", "true"], 0),
        (["h1", "false"], 1),
        (["h1", "sh", "-c", "exit 77"], 77),
        (["sh", "h1", "--", "sh", "-c", "exit 3"], 3),
        (["exec", "h1", "--", "sh", "-c", "exit 4"], 4),
        (["h1", "sh", "-c", "kill -9 $$"], 137),
        (["h1", "/etc/passwd"], 126),
        (["h1", "/etc"], 126),
        (["h1", "nosuch"], 127),
        (["h9", "true"], 125),
        (["-n", "nosuch", "h1", "true"], 125),
        (["-u", "nobody-here", "h1", "true"], 126),
        (["exec", "h1"], 2),
        (["h1", "-x"], 2),
        (["ps", "-x"], 2),
    ],
    ids=str,
)
def test_exit_status(netplay: Netplay, words: list[str], status: int) -> None:
    assert netplay(*words).returncode == status


def test_the_streams_are_the_caller_s_own(netplay: Netplay) -> None:
    done = netplay("h1", "sh", "-c", "cat; echo err >&2", input="in\n")
    assert (done.stdout, done.stderr) == ("in\n", "err\n")


def test_bytes_pass_unchanged(environment: dict[str, str], small: Lab) -> None:
    data = bytes(range(256)) * 1000
    done = subprocess.run([*NETPLAY, "h1", "cat"], input=data, capture_output=True, env=environment)
    assert done.stdout == data


def test_a_prompt_without_a_terminal_reads_its_commands(netplay: Netplay) -> None:
    assert netplay("h1", input="hostname\nexit 5\n").stdout == "h1\n"
    assert netplay("sh", "www", input="exit 5\n").returncode == 5


def test_who_where_and_with_what(netplay: Netplay) -> None:
    script = 'id -un; pwd; echo "$A $GREETING $LANG"'
    words = ["-u", "brandon", "-w", "/tmp", "h1", "-e", "A=b c", "sh", "-c", script]
    assert netplay(*words).stdout == "brandon\n/tmp\nb c hello C.UTF-8\n"
    assert netplay("h1", "pwd").stdout == "/root\n"


def test_options_can_be_given_by_the_environment(netplay: Netplay) -> None:
    env = {"NETPLAY_USER": "brandon", "NETPLAY_WORKDIR": "/var"}
    assert netplay("h1", "sh", "-c", "id -un; pwd", env=env).stdout == "brandon\n/var\n"
    assert netplay("-u", "root", "h1", "id", "-un", env=env).stdout == "root\n"


def test_a_closed_stream_is_no_hindrance(environment: dict[str, str], small: Lab) -> None:
    words = " ".join([*NETPLAY, "h1", "cat"])
    done = subprocess.run(["sh", "-c", f"{words} <&- 2>&-"], capture_output=True, env=environment)
    assert (done.returncode, done.stdout) == (0, b"")


def test_no_reader_no_words(environment: dict[str, str], small: Lab) -> None:
    words = " ".join([*NETPLAY, "h1", "yes"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} | head -1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (done.stdout, done.stderr) == (f"y\n{128 + signal.SIGPIPE}\n", "")


@pytest.mark.parametrize("verb", ["plan", "--help"])
def test_netplay_itself_is_quiet_when_nobody_reads(
    environment: dict[str, str], small: Lab, verb: str
) -> None:
    command = f"{' '.join([*NETPLAY, verb])} | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment)
    assert done.stderr == ""


class Running:
    """A netplay that is under way; its program has said "begun"."""

    def __init__(self, script: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*NETPLAY, "h1", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.out = self.process.stdout
        assert self.out.readline() == "begun\n"


@pytest.fixture
def running(small: Lab, environment: dict[str, str]) -> Iterator[list[Running]]:
    begun: list[Running] = []
    yield begun
    for each in begun:
        each.process.kill()
        each.process.wait()
        each.out.close()


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"])
def test_a_signal_reaches_the_program(
    running: list[Running], environment: dict[str, str], name: str
) -> None:
    script = f"trap 'echo got {name}; exit 9' {name}; echo begun; while :; do sleep 0.05; done"
    running.append(Running(script, environment))
    running[0].process.send_signal(getattr(signal, f"SIG{name}"))
    assert running[0].out.readline() == f"got {name}\n"
    assert running[0].process.wait(20) == 9


def test_a_signal_that_kills_the_program_is_the_status(
    running: list[Running], environment: dict[str, str]
) -> None:
    running.append(Running("echo begun; exec sleep 1000", environment))
    running[0].process.send_signal(signal.SIGINT)
    assert running[0].process.wait(20) == 128 + signal.SIGINT


def test_a_stopped_netplay_stops_its_program_and_goes_on_with_it(
    running: list[Running], environment: dict[str, str], small: Lab
) -> None:
    running.append(Running("echo begun; echo $$; exec sleep 1000", environment))
    pid = running[0].out.readline().strip()

    def becomes(state: str) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if state in small["h1"].run("ps", "-o", "stat=", "-p", pid).stdout:
                return True
        return False

    running[0].process.send_signal(signal.SIGTSTP)
    assert becomes("T")
    _, status = os.waitpid(running[0].process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    running[0].process.send_signal(signal.SIGCONT)
    assert becomes("S")


def test_a_killed_netplay_takes_its_program_with_it(
    running: list[Running], environment: dict[str, str], small: Lab
) -> None:
    running.append(Running("echo begun; exec sleep 4321", environment))
    running[0].process.kill()
    deadline = time.monotonic() + 20
    while small["h1"].run("pgrep", "-f", "^sleep 4321").returncode == 0:
        assert time.monotonic() < deadline


def test_exec_all_marks_the_lines_and_returns_the_worst_status(netplay: Netplay) -> None:
    script = "echo $(hostname) here; echo oops >&2; printf unended; [ $(hostname) = h1 ] || exit 3"
    done = netplay("exec", "--all", "--", "sh", "-c", script)
    assert done.returncode == 3
    assert sorted(done.stdout.splitlines()) == [
        "h1  | h1 here",
        "h1  | unended",
        "www | unended",
        "www | www here",
    ]
    assert sorted(done.stderr.splitlines()) == ["h1  | oops", "www | oops"]


def test_the_lab_s_end_is_told(environment: dict[str, str]) -> None:
    with Lab(topology(), name="cli-end") as lab:
        process = subprocess.Popen(
            [*NETPLAY, "-n", "cli-end", "h1", "sh", "-c", "echo begun; sleep 1000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        lab.down()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 125
    assert said == "netplay: the lab ended while the program ran\n"
