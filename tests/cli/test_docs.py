"""docs/commands.md is printed by the command line itself.

pytest tests/cli/test_docs.py --update-goldens      writes it anew
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from netplay.cli.table import SECTIONS
from netplay.cli.verbs import netplay as group

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
HEAD = """\
# Commands

What `netplay --help` and `netplay VERB --help` say. `./play` takes the same words. This page is
printed by a test; to change it, change the help and run
`pytest tests/cli/test_docs.py --update-goldens`.

| exit status | meaning |
|---|---|
| 0 | well done |
| 1 | a check of a lesson failed; `netplay why`: it cannot be reached |
| 2 | wrong usage, or a wrong topology |
| 3 | this computer lacks something; `netplay doctor` says what |
| 125 | netplay failed |
| 126, 127 | the command on the machine is not executable, is not there |
| 128 + n | the command ended by signal n; 130 is Ctrl-C |

Every other status is that of the command on the machine. Data goes to standard output, talk to
standard error. Any option can be given by a variable too: `NETPLAY_NAME` is `-n`, and
`NETPLAY_LOGS_TAIL` is `--tail` of `netplay logs`. `NO_COLOR` is obeyed.
"""


def page() -> str:
    return HEAD + "".join(sections())


def sections() -> Iterator[str]:
    settings = {**group.context_settings, "terminal_width": 88, "max_content_width": 88}
    with click.Context(group, info_name="netplay", **settings) as context:
        yield f"\n## netplay\n\n```\n{group.get_help(context)}\n```\n"
        for verbs in SECTIONS.values():
            for verb in verbs:
                command = group.get_command(context, verb)
                assert command is not None
                if command.name == verb:
                    yield from described(command, context)


def described(command: click.Command, parent: click.Context) -> Iterator[str]:
    with click.Context(command, info_name=command.name, parent=parent) as context:
        yield f"\n## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from described(found, context)


def test_the_page_of_commands_is_what_they_say(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-goldens"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run this test with --update-goldens"
