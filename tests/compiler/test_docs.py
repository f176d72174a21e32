"""The page about topologies: every example compiles, and no word is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netplay.compiler import lab, links, loads, node_words, nodes
from netplay.errors import TopologyError

PAGE = (Path(__file__).parents[2] / "docs" / "topology.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
YAML = [text for language, text in BLOCKS if language == "yaml"]
PYTHON = [text for language, text in BLOCKS if language == "python"]


@pytest.mark.parametrize("text", YAML)
def test_topologies(text: str) -> None:
    assert loads(text, strict=True, environment={}).nodes


@pytest.mark.parametrize("text", PYTHON)
def test_programs(text: str) -> None:
    scope: dict[str, object] = {}
    exec(text, scope)
    assert scope["topology"]


def test_the_messages_are_those_that_come() -> None:
    (shown,) = (text for language, text in BLOCKS if language == "text")
    wrong = YAML[0].replace('"modem:eth0"', '"modm:eth0"')
    wrong += "      vars: {netplay: {delay: 20}}\n"
    with pytest.raises(TopologyError) as caught:
        loads(wrong, "cafe.clab.yml")
    assert f"{caught.value}\n" == shown


@pytest.mark.parametrize(
    "word",
    # In an order: pytest-xdist's workers must all collect the same
    sorted({*nodes.OWN_KEYS, *node_words.READERS, *links.OWN_KEYS, *lab.LAB_KEYS}),
)
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE
