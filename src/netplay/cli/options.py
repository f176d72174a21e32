"""The options that many verbs share, and what they lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netplay.cli.entry import UsageError
from netplay.errors import suggestion

if TYPE_CHECKING:
    from netplay.lab import Lab

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _chosen(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    """`netplay -n X ps` and `netplay ps -n X` are the same; the nearer one counts."""
    if value is not None:
        return value
    name: str | None = ctx.find_root().params.get("name")
    return name


name_option: Callable[[_Function], _Function] = click.option(
    "-n",
    "--name",
    metavar="LAB",
    callback=_chosen,
    allow_from_autoenv=False,
    help="The lab that is meant, by default the playground or the only one that is up.",
)

json_option: Callable[[_Function], _Function] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON."
)


def program_options(function: _Function) -> _Function:
    """The options of everything that runs a program on a node; `words` takes the same by hand."""
    for option in (
        name_option,
        click.option(
            "-e",
            "--env",
            multiple=True,
            metavar="NAME[=VALUE]",
            help="A variable of its environment; without VALUE, the one it has here. Repeatable.",
        ),
        click.option(
            "-w",
            "--workdir",
            metavar="FOLDER",
            envvar="NETPLAY_WORKDIR",
            show_envvar=True,
            help="Where it runs, by default the user's home.",
        ),
        click.option(
            "-u",
            "--user",
            default="root",
            envvar="NETPLAY_USER",
            show_envvar=True,
            help="Who runs it, by default root.",
        ),
    ):
        function = option(function)
    return function


class OneOf(click.Choice[str]):
    """One word of several; a wrong one is answered with the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.choices:
            return str(value)
        raise UsageError(f"'{value}' cannot stand here{suggestion(value, self.choices)}")

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        return "it is one of " + ", ".join(self.choices)


def attach(name: str | None) -> Lab:
    """The lab that is up and meant by *name*."""
    from netplay.lab import Lab
    from netplay.lab.direct import chosen

    return Lab.attach(chosen(name))
