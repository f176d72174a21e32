"""``netplay logs``."""

from __future__ import annotations

from contextlib import ExitStack

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import show_line
from netplay.errors import LabError, suggestion


@click.command("logs")
@click.argument("which", metavar="NODE[/SERVICE]")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("--tail", type=click.IntRange(0), metavar="N", help="Only the last N lines of each.")
@name_option
def command(which: str, follow: bool, tail: int | None, name: str | None) -> int:
    """Show what the services of a machine have written.

    \b
    netplay logs www
    netplay logs www/nginx -f
    netplay logs mail --tail 20

    The lines are marked with the service where several are shown. At a terminal, what would
    move the cursor is written out.
    """
    from netplay.cli.following import lines

    lab = attach(name)
    node_name, _, service = which.partition("/")
    node = lab[node_name]
    files = _files(lab.state()["nodes"][node_name]["services"], node_name, service)
    marks = {
        label: f"{label:<{max(map(len, files))}} | " if len(files) > 1 else "" for label in files
    }
    begin = "+1" if tail is None else str(tail)
    with ExitStack() as stack:
        # -F waits for a file that is not there yet, and follows one that is renamed.
        option = ["-F"] if follow else []
        words = {label: ["tail", *option, "-n", begin, "--", path] for label, path in files.items()}
        if follow:
            started = {k: stack.enter_context(node.start(argv)) for k, argv in words.items()}
            _show(lines(started), marks)
            return 0
        for label, argv in words.items():
            _show(lines({label: stack.enter_context(node.start(argv))}), marks)
    return 0


def _show(found: object, marks: dict[str, str]) -> None:
    for label, line, is_error in found:  # type: ignore[attr-defined]
        if not is_error:  # tail's own: that a file is not there yet, or has been replaced
            show_line(line, marks[label])


def _files(services: list[dict[str, object]], node: str, wanted: str) -> dict[str, str]:
    """Mark and path of each log of one service, or of all."""
    names = [str(service["name"]) for service in services]
    if not services:
        raise LabError(f"{node} runs no services")
    if wanted and wanted not in names:
        raise LabError(f"{node} has no service called '{wanted}'" + suggestion(wanted, names))
    files = {}
    for service in services:
        if wanted in ("", service["name"]):
            files[str(service["name"])] = str(service["log"])
            for path in service["logs"]:  # type: ignore[attr-defined]
                files[f"{service['name']} {path.rsplit('/', 1)[-1]}"] = path
    return files
