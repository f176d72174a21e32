"""``netplay trace``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from netplay.cli.options import attach, json_option, program_options
from netplay.cli.output import say, show_json
from netplay.cli.sh import program

_ROWS = 200


@click.command("trace")
@click.option("--svg", metavar="FILE", help="Write the picture as SVG.")
@click.option("--html", metavar="FILE", help="Write it as a page of its own.")
@click.option("--width", type=click.IntRange(40, 400), help="Columns; by default the terminal's.")
@click.option("--rows", default=_ROWS, show_default=True, help="Packets to show; 0 is all.")
@json_option
@program_options
@click.argument("words", metavar="NODE -- COMMAND...", nargs=-1, type=click.UNPROCESSED)
def command(
    words: tuple[str, ...],
    svg: str | None,
    html: str | None,
    width: int | None,
    rows: int,
    as_json: bool,
    **options: Any,
) -> int:
    """Run a command and show its packets at every machine they pass.

    \b
    netplay trace h1 -- curl http://www.example.com/
    netplay trace h1 --html page.html -- dig @10.1.1.1 www.example.com
    netplay trace h1 --json -- ping -c1 www | jq '.rows[].label'

    Time runs downwards, each machine is a column; the numbers on the arrows are the TTL. It says
    where NAT rewrites addresses, what is sent again, and what was lost or dropped where.
    Shown are the conversations that the machine begins while the command runs, those at
    ports that it opens, and the ICMP errors and ARP around them. The exit status is the command's.
    With --json its output goes to standard error.
    """
    from netplay.capture import to_html, to_json, to_svg
    from netplay.cli.tracing import print_ladder, run
    from netplay.lab.tracing import Trace

    node, argv = (words[0] if words else ""), words[1:]
    if not argv:
        raise click.UsageError("which command should be run, and where?")
    lab = attach(options["name"])
    wanted = program("exec", node, argv, **options)
    with Trace(lab, node) as trace:
        status = run(lab, wanted, quiet=as_json)
    title = f"{node}$ {' '.join(argv)}"
    picture = trace.picture(title=title, limit=0 if as_json else rows)
    for path, drawn in ((svg, to_svg), (html, to_html)):
        if path is not None:
            Path(path).write_text(drawn(picture), encoding="utf-8")
            say(f"drawn in {path}")
    if as_json:
        show_json({**to_json(picture), "node": node, "command": list(argv), "status": status})
    elif not picture.rows:
        say(f"{node} sent and received nothing")
    elif svg is None and html is None:
        print_ladder(picture, width or shutil.get_terminal_size((100, 40)).columns)
    return status
