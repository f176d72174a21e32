"""Runs a program on a node: a terminal where a person sits at one, plain streams elsewhere."""

from __future__ import annotations

import os

from netplay.cli.table import no_such_word
from netplay.errors import NoSuchLab, NoSuchNode
from netplay.lab import direct
from netplay.lab.connecting import PLAYGROUND

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from netplay.cli.words import Program

PROMPT = ("bash", "-l")
# What a program may know of the person's terminal. LANG is not among them: the root image has
# the C.UTF-8 locale only, and programs complain about others.
_PASSED = ("COLORTERM", "NO_COLOR", "TERM")
# The terminals that the root image knows (Debian's ncurses-base); all others in use today
# understand xterm's words.
_TERMINALS = (
    "ansi dumb linux rxvt rxvt-unicode rxvt-unicode-256color screen screen-256color tmux"
    " tmux-256color vt100 vt220 xterm xterm-256color xterm-color"
)


def run_program(program: Program) -> int:
    """Runs it to its end and returns its exit status; brings the playground up if need be."""
    name = direct.chosen(program.name)
    try:
        return _attempt(name, program)
    except NoSuchLab:
        if name != PLAYGROUND:
            raise
        from netplay.cli.starting import start_playground_for

        start_playground_for(program.node, may_be_verb=not program.verb)
        return _attempt(name, program)
    except NoSuchNode:
        if program.verb:
            raise
        raise no_such_word(program.node, name, direct.index(name)) from None


def _attempt(name: str, program: Program) -> int:
    argv = program.argv or PROMPT
    env = {key: os.environ[key] for key in _PASSED if key in os.environ} | program.env

    def begin(size: tuple[int, int] | None) -> tuple[socket.socket, list[int]]:
        return direct.begin(
            name, program.node, argv, user=program.user, cwd=program.workdir, env=env, size=size
        )

    if not _at_a_terminal(program):
        return direct.follow(lambda: begin(None)[0])
    env["TERM"] = _terminal(env.get("TERM", ""))
    from netplay.lab import terminal

    def start() -> tuple[socket.socket, int]:
        line, descriptors = begin(terminal.window_size(1))
        return line, descriptors[0]

    return terminal.relay(start)


def _at_a_terminal(program: Program) -> bool:
    """Whether a terminal of the node's own is wanted: who redirects anything wants plain streams.

    A terminal has one stream, so with it ``2> errors`` would stay empty.
    """
    if not (os.isatty(0) and os.isatty(1)):
        return False
    return os.isatty(2) or not program.argv


def _terminal(term: str) -> str:
    return term if term in _TERMINALS.split() else "xterm-256color"
