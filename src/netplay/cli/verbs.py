"""The verbs as click sees them: each is imported when it is called, and only then."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

import click

from netplay.cli.entry import UsageError
from netplay.cli.table import SECTIONS, VERBS
from netplay.errors import suggestion

SHORT = 90  # characters of a verb's first sentence in the list of all


class Verbs(click.Group):
    """``netplay`` itself; `list_commands` and `get_command` are click's two questions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = import_module(f"netplay.cli.{VERBS[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in SECTIONS.items():
            rows = []
            for verb in verbs:
                command = self.get_command(ctx, verb)
                assert command is not None
                same = "" if command.name == verb else f"The same as {command.name}."
                rows.append((verb, same or command.get_short_help_str(limit=SHORT)))
            with formatter.section(title):
                formatter.write_dl(rows)


@click.command(
    "netplay",
    cls=Verbs,
    subcommand_metavar="NODE [COMMAND...] | VERB [ARGS...]",
    context_settings={
        "auto_envvar_prefix": "NETPLAY",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.option("-n", "--name", metavar="LAB", help="The lab that is meant.", show_envvar=True)
@click.option("--no-color", is_flag=True, help="No colours (NO_COLOR says the same).")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    hidden=True,
    expose_value=False,
    callback=lambda ctx, _, value: _version(ctx) if value else None,
)
def netplay(name: str | None, no_color: bool) -> None:
    """A miniature Internet on this computer.

    \b
    netplay h1                        a prompt on the machine h1
    netplay h1 ping -c1 www           a command on it
    netplay ps                        what is up
    netplay down                      and away with it

    The first of them starts the playground, if it is not up. Options -u USER, -w FOLDER and
    -e NAME=VALUE may stand before NODE or after it: see netplay sh --help.
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"


def run_verb(argv: Sequence[str]) -> int:
    """Runs the verb that *argv* begins with and returns the exit status."""
    # Not click's own main(): it prints an empty line at Ctrl-C, and has its own ways to end.
    try:
        with netplay.make_context("netplay", list(argv) or ["--help"]) as context:
            return int(netplay.invoke(context) or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 0
    except click.UsageError as error:
        raise UsageError(_sentence(error)) from error


def options_of(verb: str) -> list[str]:
    """Every option of a verb, for Tab; of netplay itself for "" (and for a machine, of `sh`)."""
    context = click.Context(netplay, info_name="netplay", **netplay.context_settings)
    known = netplay if not verb else netplay.get_command(context, verb if verb in VERBS else "sh")
    assert known is not None
    context = click.Context(known, parent=context)
    return [option for found in known.get_params(context) for option in found.opts]


def _sentence(error: click.UsageError) -> str:
    """click's message in our manner: what is wrong, and which help to read."""
    message = error.format_message()
    message = (message[:1].lower() + message[1:]).rstrip(".?").replace(". Did ", "; did ")
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        message = f"no such option: {error.option_name}"
        message += suggestion(error.option_name, error.possibilities)
    path = error.ctx.command_path if error.ctx else "netplay"
    return f"{message.rstrip('?')}; try: {path} --help"


def _version(ctx: click.Context) -> None:
    import netplay as package

    click.echo(f"netplay {package.__version__}")
    ctx.exit()
