"""Hints name the command that the person has."""

from __future__ import annotations

import pytest

from netplay.cli.entry import run
from netplay.cli.output import as_typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("no lab is up; try: netplay up", "no lab is up; try: ./play up"),
        ("  netplay -n b ps     for what there is", "  ./play -n b ps     for what there is"),
        ("  netplay h1   for a prompt", "  ./play h1   for a prompt"),
        ("x: changed; netplay faults shows all, netplay heal undoes it",
         "x: changed; ./play faults shows all, ./play heal undoes it"),
        ("see netplay fault --help", "see ./play fault --help"),
        ("WSL 1 has no kernel; netplay needs WSL 2", "WSL 1 has no kernel; netplay needs WSL 2"),
        ("install netplay again", "install netplay again"),
    ],
)  # fmt: skip
def test_commands_are_named_as_they_were_typed(
    monkeypatch: pytest.MonkeyPatch, text: str, typed: str
) -> None:
    monkeypatch.delenv("NETPLAY_TYPED", raising=False)
    assert as_typed(text) == text
    monkeypatch.setenv("NETPLAY_TYPED", "./play")
    assert as_typed(text) == typed


def test_so_are_those_of_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETPLAY_TYPED", "./play")
    assert run(["fault", "--bad"]) == 2
    assert "try: ./play fault --help" in capsys.readouterr().err
