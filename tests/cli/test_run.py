"""When a program gets a terminal of its own, and which kind it is told."""

from __future__ import annotations

import os

import pytest

from netplay.cli import run
from netplay.cli.words import Program


@pytest.mark.parametrize(
    ("terminals", "argv", "wanted"),
    [
        ({0, 1, 2}, [], True),
        ({0, 1, 2}, ["vi"], True),
        ({1, 2}, ["cat"], False),  # < file
        ({0, 2}, ["cat"], False),  # > file
        ({0, 1}, ["make"], False),  # 2> errors: a terminal would mix both
        ({0, 1}, [], True),  # a prompt is of no use without
        ({2}, [], False),
        (set(), [], False),
    ],
)
def test_a_terminal_is_wanted_where_nothing_is_redirected(
    monkeypatch: pytest.MonkeyPatch, terminals: set[int], argv: list[str], wanted: bool
) -> None:
    monkeypatch.setattr(os, "isatty", lambda number: number in terminals)
    program = Program()
    program.argv = argv
    assert run._at_a_terminal(program) is wanted


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("xterm-256color", "xterm-256color"),
        ("screen", "screen"),
        ("dumb", "dumb"),
        ("xterm-kitty", "xterm-256color"),
        ("alacritty", "xterm-256color"),
        ("", "xterm-256color"),
    ],
)
def test_a_terminal_that_the_image_does_not_know_is_called_xterm(here: str, there: str) -> None:
    assert run._terminal(here) == there
