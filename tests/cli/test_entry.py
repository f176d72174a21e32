"""Errors become one sentence and an exit status; nothing heavy is imported on the short way."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netplay.cli import entry
from netplay.errors import (
    HostError,
    LabError,
    LessonError,
    NetplayError,
    NoSuchNode,
    Problem,
    TopologyError,
)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (HostError("no namespaces"), 3, "netplay: no namespaces\n"),
        (LabError("it ended"), 125, "netplay: it ended\n"),
        (NoSuchNode("no h9"), 125, "netplay: no h9\n"),
        (LessonError("no"), 1, "netplay: no\n"),
        (entry.UsageError("no such option"), 2, "netplay: no such option\n"),
        (
            TopologyError([Problem("a", "wrong", file="x.yml", line=3), Problem("b", "too")]),
            2,
            "netplay: x.yml:3: a: wrong\nb: too\n",
        ),
        (PermissionError(13, "Permission denied", "/x"), 125, "netplay: /x: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_a_sentence_and_a_status(
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(entry, "_dispatch", fail)
    monkeypatch.delenv("NETPLAY_DEBUG", raising=False)
    assert entry.run([]) == status
    assert capsys.readouterr() == ("", said)


def test_the_unexpected_asks_to_be_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(entry, "_dispatch", fail)
    monkeypatch.delenv("NETPLAY_DEBUG", raising=False)
    assert entry.run([]) == 125
    assert capsys.readouterr().err == (
        "netplay: this is a mistake in netplay (ZeroDivisionError: division by zero);"
        " please report it, with what NETPLAY_DEBUG=1 shows\n"
    )
    monkeypatch.setenv("NETPLAY_DEBUG", "1")
    entry.run([])
    assert "Traceback" in capsys.readouterr().err


def test_every_exception_of_netplay_has_a_status() -> None:
    for kind in NetplayError.__subclasses__():
        assert kind.exit_status in (1, 2, 3, 125), kind


# What `netplay h1 true` does without: each of these would cost several milliseconds.
HEAVY = {
    "asyncio",
    "click",
    "dataclasses",
    "difflib",
    "importlib.metadata",
    "inspect",
    "netplay.lab.lab",
    "netplay.lab.node",
    "netplay.model",
    "pickle",
    "rich",
    "shutil",
    "subprocess",
    "yaml",
}


@pytest.mark.parametrize("words", [["h1", "true"], ["__complete", "h"]], ids=" ".join)
def test_the_short_way_imports_little(words: list[str], tmp_path: object) -> None:
    code = (
        "import sys\n"
        "from netplay.cli import entry\n"
        # Nothing is up: what would then be done takes the long way.
        "import netplay.cli.run\n"
        "sys.modules['netplay.cli.starting'] = None\n"
        f"entry.run({words!r})\n"
        "print(*sys.modules, file=sys.stdout)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "NETPLAY_RUN": str(tmp_path)},
    )
    assert not set(done.stdout.splitlines()[-1].split()) & HEAVY
