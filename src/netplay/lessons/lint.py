"""What can be wrong with a chapter before anything runs.

The rules are those of docs/lessons.md: every program fits a page, says what it shows and how to
run it, and is named in the README; links lead somewhere; listings show what is there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from platform import python_version

from netplay.lessons import diagram, listing
from netplay.lessons.chapter import Chapter
from netplay.lessons.transcript import Page

LONGEST = 90  # lines of a program
_LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*$", re.MULTILINE)


def lint(chapter: Chapter, page: Page) -> Iterator[str]:
    """A sentence for each thing that is not as it should be."""
    text = chapter.text
    yield from listing.mistakes(page.listings, chapter.folder, str(chapter.readme))
    for program in chapter.programs:
        if program.name not in text:
            yield f"{chapter.readme}: {program.name} is not mentioned"
        yield from program_mistakes(program)
    yield from link_mistakes(text, chapter.readme)
    yield from diagram.mistakes(chapter.folder)


def program_mistakes(program: Path) -> Iterator[str]:
    """What is wrong with one program."""
    text = program.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > LONGEST:
        yield f"{program}: {len(lines)} lines are more than a page ({LONGEST})"
    try:
        tree = ast.parse(text, str(program))
    except SyntaxError as error:
        yield f"{program}:{error.lineno}: Python {python_version()} says: {error.msg}"
        return
    if len((ast.get_docstring(tree) or "").splitlines()) < 2:
        yield f"{program}:1: a docstring should say what it shows and how to run it"
    modules = {name.split(".")[0] for name in _imports(tree)}
    if "netplay" in modules:
        yield f"{program}: a lesson runs on any machine, so it imports no netplay"
    if _is_run(tree) and "argparse" not in modules:
        yield f"{program}: options are read with argparse, which gives it --help"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None:
            yield f"{program}:{node.lineno}: {node.name} does not say what it returns"


def link_mistakes(text: str, page: Path) -> Iterator[str]:
    """Links and pictures whose file, or heading, is not there."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in _LINK.finditer(line):
            target, anchor = found["target"], (found["anchor"] or "")[1:]
            file = page.parent / target if target else page
            if not file.exists():
                yield f"{page}:{number}: nothing is at {target}"
            elif anchor and file.suffix == ".md" and anchor not in _anchors(file):
                yield f"{page}:{number}: {target or 'this page'} has no heading #{anchor}"


def _anchors(file: Path) -> set[str]:
    """The names that repository pages give to headings."""
    headings = _HEADING.findall(file.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_run(tree: ast.Module) -> bool:
    """Whether it is a program, not a module of one."""
    return any(isinstance(node, ast.If) and "__name__" in ast.dump(node.test) for node in tree.body)
