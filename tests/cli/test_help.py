"""The help of every verb, and the table they stand in."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

import netplay.cli
from netplay.cli import entry
from netplay.cli.table import SECTIONS, VERBS
from netplay.cli.verbs import SHORT
from netplay.cli.verbs import netplay as group

CONTEXT = click.Context(group, info_name="netplay", **group.context_settings)


def command(verb: str) -> click.Command:
    found = group.get_command(CONTEXT, verb)
    assert found is not None
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_a_sentence_and_has_examples(verb: str) -> None:
    text = command(verb).help
    assert text is not None
    blocks = inspect.cleandoc(text).split("\n\n")
    shown = command(verb).get_short_help_str(limit=SHORT)
    assert re.fullmatch(r"[A-Z].*[^.]\.", shown), "it is shown whole in netplay --help"
    assert any(block.startswith("\b\n") for block in blocks[1:]), "there is an example"


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_explained(verb: str) -> None:
    for param in command(verb).params:
        if isinstance(param, click.Option):
            assert param.help, param.name


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_printed_to_standard_output(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run([verb, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"Usage: netplay {verb} ")
    assert err == ""


def test_netplay_alone_shows_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run([]) == 0
    shown = capsys.readouterr().out
    for section, verbs in SECTIONS.items():
        assert f"{section}:" in shown
        for verb in verbs:
            assert re.search(rf"^  {verb} +[A-Z]", shown, re.MULTILINE), verb


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ps --jsn", "no such option: --jsn; did you mean '--json'; try: netplay ps --help"),
        ("image bild", "no such command 'bild'; did you mean 'build'; try: netplay image --help"),
        ("completion", "missing argument 'SHELL'. it is one of bash, zsh, fish"),
        ("completion bsh", "'bsh' cannot stand here; did you mean 'bash'?"),
        ("service h1", "missing argument 'ACTION'. it is one of start, stop, restart"),
        ("exec --all", "what should be run, and where; try: netplay exec --help"),
        ("up nosuch.clab.yml", "there is no file 'nosuch.clab.yml'"),
        ("forward", "missing argument '[ADDRESS:]PORT:NODE:PORT...'"),
        ("logs h1 --tail x", "invalid value for '--tail': 'x' is not a valid integer range"),
    ],
)
def test_wrong_usage_is_explained(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(line.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"netplay: {said}")
    assert error.count("\n") == 1


def test_a_mistyped_file_is_answered_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.clab.yml").touch()
    assert entry.run(["plan", "mien.clab.yml"]) == 2
    assert capsys.readouterr().err == (
        "netplay: there is no file 'mien.clab.yml'; did you mean 'mine.clab.yml'?\n"
    )


def test_image_alone_shows_what_it_can(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["image"]) == 0
    assert "build  Build the root image" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["version"]) == 0
    assert capsys.readouterr().out.startswith(f"netplay {netplay.__version__} (Python 3.")
    assert entry.run(["--version"]) == 0
    assert capsys.readouterr().out == f"netplay {netplay.__version__}\n"


# A chapter is read, played, tested and rewritten: `lesson` is four verbs in one.
@pytest.mark.parametrize("module", sorted({*VERBS.values()} - {"lesson"}))
def test_a_verb_is_short(module: str) -> None:
    file = Path(netplay.cli.__file__).parent / f"{module}.py"
    assert len(file.read_text().splitlines()) <= 80
