"""docs/rivals.md promises commands and names: all of them exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from netplay import Lab, Network, playground
from netplay.cli.table import VERBS
from netplay.cli.verbs import netplay as group
from netplay.compiler import links, node_words, nodes

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "rivals.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`]+)`", PAGE)
COMMANDS = sorted({text for text in CODE if text.startswith("netplay ")})
# Machines of the networks that the page speaks of.
MACHINES = {node.name for node in playground()} | {"pc1"}


@pytest.mark.parametrize("text", COMMANDS)
def test_commands(text: str) -> None:
    words = shlex.split(text)[1:]
    while words[0].startswith("-"):
        del words[:2]
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        assert verb in MACHINES, f"'{verb}' is neither a verb nor a machine"
        return
    context = click.Context(group, info_name="netplay", **group.context_settings)
    command = group.get_command(context, verb)
    assert command is not None
    known = {option for param in command.get_params(context) for option in param.opts}
    own = rest[: rest.index("--")] if "--" in rest else rest
    for word in own:
        if word.startswith("-"):
            assert word in known, f"{verb} has no option {word}"


def test_names_of_python() -> None:
    names = re.findall(r"\blab\.(\w+)", " ".join(CODE))
    assert len(names) > 5
    for name in names:
        assert hasattr(Lab, name)
    for name in ("host", "router", "switch", "link", "service"):
        assert hasattr(Network, name)
        assert f"`{name}" in PAGE


def test_words_of_a_topology() -> None:
    known = {*nodes.OWN_KEYS, *node_words.READERS, *links.LINK_KEYS, *links.OWN_KEYS}
    known |= {*nodes.NODE_KEYS, "lab", "zones", "records", "accounts", "for"}
    found = {text[:-1] for text in CODE if re.fullmatch("[a-z0-9]+:", text)}
    assert len(found) > 5
    assert found <= known


@pytest.mark.parametrize("page", ["rivals.md", "testing.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target, _, anchor in re.findall(r"\]\(((?!https)[^)#]*)(#([^)]*))?\)", text):
        file = (DOCS / target).resolve()
        assert file.is_file(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [title.lower().replace(" ", "-") for title in titles]
