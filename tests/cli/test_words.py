"""The hand-made parser of `netplay NODE COMMAND…`: a table of what is taken and what is left."""

from __future__ import annotations

import pytest

from netplay.cli.entry import UsageError
from netplay.cli.table import VERBS
from netplay.cli.words import parse


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NETPLAY_NAME", "NETPLAY_USER", "NETPLAY_WORKDIR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("line", "node", "argv", "options"),
    [
        ("h1", "h1", "", {}),
        ("h1 ls -l -n", "h1", "ls -l -n", {}),
        ("h1 ls -- -l", "h1", "ls -- -l", {}),
        ("h1 -- -odd name", "h1", "-odd name", {}),
        ("h1 ps", "h1", "ps", {}),
        ("sh h1", "h1", "", {"verb": "sh"}),
        ("sh ps", "ps", "", {"verb": "sh"}),
        ("sh h1 id", "h1", "id", {"verb": "sh"}),
        ("exec h1 id", "h1", "id", {"verb": "exec"}),
        ("exec h1 -- id -u", "h1", "id -u", {"verb": "exec"}),
        ("-n lab h1", "h1", "", {"name": "lab"}),
        ("-nlab h1", "h1", "", {"name": "lab"}),
        ("--name lab h1", "h1", "", {"name": "lab"}),
        ("--name=lab h1", "h1", "", {"name": "lab"}),
        ("-u me -w /tmp h1 -e A=1 -e B=x=y id", "h1", "id", {"user": "me", "workdir": "/tmp"}),
        ("sh -u me h1", "h1", "", {"user": "me", "verb": "sh"}),
        ("h1 --user=me id", "h1", "id", {"user": "me"}),
        ("--no-color h1 id", "h1", "id", {}),
    ],
)
def test_words_that_run_a_program(line: str, node: str, argv: str, options: dict[str, str]) -> None:
    program = parse(line.split())
    assert program is not None
    assert (program.node, program.argv) == (node, argv.split())
    assert program.verb == options.get("verb", "")
    assert program.name == options.get("name")
    assert program.user == options.get("user", "root")
    assert program.workdir == options.get("workdir")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--help",
        "--version",
        "-n",
        "-n lab",
        "--nam lab h1",
        "h1 --help",
        "sh",
        "sh --help",
        "sh h1 --nosuch",
        "exec",
        "exec h1",
        "exec --all -- id",
        "__complete h1",
        *sorted(VERBS.keys() - {"sh", "exec"}),
        "-n lab ps --json",
    ],
)
def test_words_that_are_left_to_click(line: str) -> None:
    assert parse(line.split()) is None


def test_an_unknown_option_after_a_node_is_refused() -> None:
    with pytest.raises(UsageError, match="no such option: -x; try: netplay sh --help"):
        parse(["h1", "-x", "id"])


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "value")
    program = parse(["h1", "-e", "A=b=c", "-e", "HERE", "--env=EMPTY=", "-e", "NOWHERE"])
    assert program is not None
    assert program.env == {"A": "b=c", "HERE": "value", "EMPTY": ""}


def test_no_color_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # so that monkeypatch puts it back
    parse(["--no-color", "h1"])
    import os

    assert os.environ["NO_COLOR"] == "1"
