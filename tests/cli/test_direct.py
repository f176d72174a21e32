"""Which lab is meant, and how a program is asked for and followed, with a keeper made of paper."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netplay.errors import LabError, NoSuchLab, NoSuchNode
from netplay.keeper import protocol
from netplay.lab import direct

from .fake_keeper import FakeKeeper, machine

Start = Callable[..., FakeKeeper]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts paper keepers in a run directory of their own."""
    keepers: list[FakeKeeper] = []
    with tempfile.TemporaryDirectory(prefix="np-") as run:
        monkeypatch.setenv("NETPLAY_RUN", run)

        def begin(name: str = "playground", **machines: dict[str, Any]) -> FakeKeeper:
            keepers.append(FakeKeeper(Path(run), name, machines))
            return keepers[-1]

        yield begin
        for keeper in keepers:
            keeper.close()


def test_the_lab_that_is_meant(start: Start) -> None:
    assert direct.chosen(None) == "playground"
    other = start("other")
    assert direct.chosen(None) == "other"
    assert direct.chosen("third") == "third"
    start("more")
    with pytest.raises(LabError, match="these labs are up: more, other; choose one with -n"):
        direct.chosen(None)
    start("playground")
    assert direct.chosen(None) == "playground"
    assert direct.labs() == ["more", "other", "playground"]
    other.close()  # killed: its folder is left, and counts no more
    assert direct.labs() == ["more", "playground"]


def test_no_run_directory_is_no_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETPLAY_RUN", str(tmp_path / "none"))
    assert direct.labs() == []
    assert direct.index("playground") == {}
    with pytest.raises(NoSuchLab, match="the lab 'playground' is not up; try: netplay up"):
        direct.begin("playground", "h1", ["true"])
    with pytest.raises(NoSuchLab, match="try: netplay -n other up"):
        direct.begin("other", "h1", ["true"])


def test_a_wrong_node_is_answered_with_the_nearest(start: Start) -> None:
    start(modemA=machine(), h1=machine())
    with pytest.raises(NoSuchNode, match="no machine called 'modmA'; did you mean 'modemA'"):
        direct.begin("playground", "modmA", ["true"])


class Served(threading.Thread):
    """Answers one request for a program, and keeps the line for more."""

    def __init__(self, keeper: FakeKeeper, *answers: dict[str, Any]) -> None:
        super().__init__()
        self.keeper, self.answers = keeper, answers
        self.heard: list[dict[str, Any]] = []
        self.start()

    def run(self) -> None:
        line, request, descriptors = self.keeper.next_request()
        self.heard.append(request)
        for descriptor in descriptors:
            os.close(descriptor)
        for answer in self.answers:
            protocol.send(line, answer)
        if "exit" not in self.answers[-1] and "error" not in self.answers[-1]:
            while (message := protocol.receive(line)[0]) is not None:
                self.heard.append(message)
                if message.get("signal") != signal.SIGUSR1:
                    protocol.send(line, {"exit": 128 + message["signal"]})
        line.close()


def begin() -> socket.socket:
    null = os.open(os.devnull, os.O_RDWR)
    try:
        return direct.begin(
            "playground", "h1", ["prog", "-x"], env={"B": "2"}, streams=(null, null, null)
        )[0]
    finally:
        os.close(null)


def test_a_program_is_asked_for_with_the_node_s_environment(start: Start) -> None:
    served = Served(start(h1=machine(A="1", B="1")), {"pid": 7}, {"exit": 3})
    assert direct.follow(begin) == 3
    served.join()
    assert served.heard == [
        {
            "op": "run",
            "node": "h1",
            "argv": ["prog", "-x"],
            "user": "root",
            "directory": None,
            "environment": {"A": "1", "B": "2"},
            "terminal": False,
            "size": None,
        }
    ]


def test_signals_are_passed_on_until_the_program_ends(start: Start) -> None:
    served = Served(start(h1=machine()), {"pid": 7})

    def begin_and_be_signalled() -> socket.socket:
        line = begin()
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGTERM)
        return line

    before = signal.getsignal(signal.SIGTERM)
    assert direct.follow(begin_and_be_signalled) == 128 + signal.SIGTERM
    served.join()
    assert [m["signal"] for m in served.heard[1:]] == [signal.SIGUSR1, signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_the_caller_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with direct.Signals((signal.SIGHUP, signal.SIGUSR1)) as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGUSR1)
            assert signals.arrived() == bytes([signal.SIGUSR1])
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_refusal_is_an_error(start: Start) -> None:
    served = Served(start(h1=machine()), {"error": "h1 has no file system"})
    with pytest.raises(LabError, match="h1 has no file system"):
        begin()
    served.join()


def test_a_keeper_that_ends_is_an_error(start: Start) -> None:
    keeper = start(h1=machine())

    def answer_and_end() -> None:
        line, _, descriptors = keeper.next_request()
        for descriptor in descriptors:
            os.close(descriptor)
        protocol.send(line, {"pid": 7})
        line.close()

    thread = threading.Thread(target=answer_and_end)
    thread.start()
    with pytest.raises(LabError, match="the lab ended while the program ran"):
        direct.follow(begin)
    thread.join()


# ------------------------------------------------------------ Tab


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["mod"], ["modemA"]),
        (["ma"], ["mail", "map"]),
        (["logs", "m"], ["mail", "modemA"]),
        (["logs", "mail/"], ["mail/dovecot", "mail/postfix"]),
        (["logs", "mail/p"], ["mail/postfix"]),
        (["service", "mail", "r"], ["restart"]),
        (["service", "mail", "stop", ""], ["dovecot", "postfix"]),
        (["service", "nosuch", "stop", ""], []),
        (["cp", "x", "mo"], ["modemA:"]),
        (["reset", "modemA", "ma"], ["mail"]),
        (["completion", "z"], ["zsh"]),
        (["image", ""], ["build", "info", "rm"]),
        (["-n", ""], ["other", "playground"]),
        (["-n", "other", "h1"], ["h1"]),
        (["-u", "m"], []),
        (["mail", "l"], []),
        (["up", ""], []),
        (["ps", "--q"], ["--quiet"]),
        (["mail", "--us"], ["--user"]),
        (["--ver"], ["--version"]),
    ],
    ids=str,
)
def test_tab_offers(
    start: Start,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    offered: list[str],
) -> None:
    from netplay.cli.complete import answer

    monkeypatch.delenv("NETPLAY_NAME", raising=False)
    start(mail=machine("postfix", "dovecot"), modemA=machine())
    start("other", h1=machine())
    assert answer(words) == 0
    assert capsys.readouterr().out.split() == offered


def test_tab_offers_what_is_sure(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netplay.cli.complete import answer

    monkeypatch.delenv("NETPLAY_NAME", raising=False)
    answer(["ma"])
    assert capsys.readouterr().out == "map\n"
    start("one", mail=machine())
    start("two", mail2=machine())
    answer(["ma"])
    assert capsys.readouterr().out == "map\n", "two labs are up, and none is named"
    monkeypatch.setenv("NETPLAY_NAME", "two")
    answer(["ma"])
    assert capsys.readouterr().out == "mail2\nmap\n"
