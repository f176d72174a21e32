"""At a terminal: the prompt, keys, window size, job control, and the terminal afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable
from contextlib import suppress

import pytest

from .terminals import AtTerminal, set_size

pytestmark = pytest.mark.lab

Terminal = Callable[..., AtTerminal]
PROMPT = r"h1:~# "


def test_a_prompt_obeys_and_leaves_with_the_last_status(at_terminal: Terminal) -> None:
    person = at_terminal("h1")
    person.until(PROMPT)
    assert person.is_raw
    person.type("hostname; tty; echo $TERM\r")
    person.until(r"h1\r\n/dev/pts/\d+\r\nxterm-256color\r\n")
    person.until(PROMPT)
    person.type("exit 7\r")
    assert person.ends() == 7
    assert person.is_as_before


def test_ctrl_d_ends_a_prompt(at_terminal: Terminal) -> None:
    person = at_terminal("sh", "h1")
    person.until(PROMPT)
    person.type("\x04")
    assert person.ends() == 0


# The program says itself that it has begun: a key that reaches bash between fork and exec is lost
# to bash as well without netplay.
BUSY = "sh -c 'echo begun; exec sleep 1000'"


def test_ctrl_c_is_the_program_s(at_terminal: Terminal) -> None:
    person = at_terminal("h1")
    person.until(PROMPT)
    person.type(f"{BUSY}\r")
    person.until(r"[\r\n]begun")
    person.type("\x03")
    person.until(PROMPT)
    person.type("echo status $?\r")
    person.until("status 130")


def test_ctrl_z_stops_a_job_of_the_node_s_shell(at_terminal: Terminal) -> None:
    person = at_terminal("h1")
    person.until(PROMPT)
    person.type(f"{BUSY}\r")
    person.until(r"[\r\n]begun")
    person.type("\x1a")
    person.until("Stopped")
    person.until(PROMPT)
    person.type("jobs\r")
    person.until("Stopped .*exec sleep")


def test_ctrl_c_ends_a_command(at_terminal: Terminal) -> None:
    person = at_terminal("h1", "sh", "-c", "echo begun; exec sleep 1000")
    person.until("begun")
    person.type("\x03")
    assert person.ends() == 130
    assert person.is_as_before


def test_the_window_has_its_size_and_keeps_it(at_terminal: Terminal) -> None:
    person = at_terminal("h1", size=(33, 101))
    person.until(PROMPT)
    person.type("stty size\r")
    person.until("33 101")
    set_size(person.master, 20, 50)  # the kernel tells netplay: SIGWINCH
    person.until(PROMPT)
    person.type("until [ \"$(stty size)\" = '20 50' ]; do :; done; echo res''ized\r")
    person.until("resized")


def test_what_was_pasted_arrives_whole(at_terminal: Terminal) -> None:
    person = at_terminal("h1", "sh", "-c", "stty raw -echo; echo ready; head -c 200000 | sha256sum")
    person.until("ready")
    text = "".join(f"line {n:06}\n" for n in range(20_000))[:200_000]
    sent = 0
    os.set_blocking(person.master, False)
    while sent < len(text):
        with suppress(BlockingIOError):
            sent += os.write(person.master, text[sent : sent + 4096].encode())
    person.until(hashlib.sha256(text.encode()).hexdigest())


def test_the_last_words_are_shown_though_a_background_process_holds_the_terminal(
    at_terminal: Terminal,
) -> None:
    person = at_terminal("h1", "sh", "-c", "setsid sleep 5 & seq 1 20000; echo the end")
    assert person.ends() == 0
    assert person.seen.endswith("the end\r\n")
    assert "\n20000\r" in person.seen


def test_a_program_that_lets_go_of_its_terminal_can_still_be_ended(at_terminal: Terminal) -> None:
    let_go = "import os, time; print('begun', flush=True); os.closerange(0, 500); time.sleep(1000)"
    person = at_terminal("h1", "python3", "-c", let_go)
    person.until("begun")
    person.until_cooked()  # netplay has seen that nobody has the terminal any more
    person.type("\x03")
    assert person.ends() == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_goes_away_takes_the_shell_with_it(
    at_terminal: Terminal, number: int
) -> None:
    person = at_terminal("h1")
    person.until(PROMPT)
    person.process.send_signal(number)
    assert person.ends() in (128 + signal.SIGHUP, 128 + signal.SIGTERM)
    assert person.is_as_before


def test_the_terminal_is_set_back_when_netplay_cannot(at_terminal: Terminal) -> None:
    person = at_terminal("h1", "nosuch")
    assert person.ends() == 127
    assert "nosuch: command not found" in person.seen
    assert person.is_as_before
