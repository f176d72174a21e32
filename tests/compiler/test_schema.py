"""The published JSON Schema says what the parser takes: neither may know more words."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netplay.compiler import build, known, lab, links, nodes
from netplay.compiler.read import read_text
from netplay.playground import text

TESTS = Path(__file__).parent.parent
GOOD = sorted((TESTS / "topology").glob("*.clab.yml"))
# Mistakes of shape; a schema knows neither names nor networks.
SHAPES = """
    a-list accounts address-words endpoint-words extended-link-words lab-on-a-node link-keys
    masquerade mtu no-name no-topology roles route-words sysctls units unknown-kind
    unknown-node-key unknown-own-key unknown-top-key vars-on-node wrong-shapes
"""


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(files("netplay.compiler").joinpath("netplay.schema.json").read_text())


@pytest.fixture(scope="module")
def validator(schema: Any) -> Any:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_topologies_are_valid(path: Path, validator: Any) -> None:
    document = read_text(path.read_text(), path.name, {"LAB": "seminar", "EMPTY": ""})
    assert [e.message for e in validator.iter_errors(document.data)] == []


@pytest.mark.parametrize("name", SHAPES.split())
def test_wrong_shapes_are_not(name: str, validator: Any) -> None:
    path = TESTS / "errors" / f"{name}.clab.yml"
    assert not validator.is_valid(read_text(path.read_text(), path.name, {}).data)


def test_the_playground_is_valid(validator: Any) -> None:
    validator.validate(read_text(text(), "playground.clab.yml", {}).data)


def test_the_words_are_those_of_the_parser(schema: Any) -> None:
    defs = {name: set(one.get("properties", ())) for name, one in schema["$defs"].items()}
    assert set(schema["properties"]) == {"name", "topology"} | known.TOP_UNUSED
    assert defs["node"] == defs["defaults"] == nodes.NODE_KEYS
    assert defs["nodeOwn"] == nodes.OWN_KEYS
    assert defs["defaultsOwn"] == nodes.OWN_KEYS | {"lab"}
    assert set(schema["$defs"]["defaultsOwn"]["properties"]["lab"]["properties"]) == set(
        lab.LAB_KEYS
    )
    assert defs["link"] == links.LINK_KEYS
    assert defs["extendedEndpoint"] == links.END_KEYS
    assert defs["linkOwn"] == set(links.OWN_KEYS)


def test_the_builder_takes_the_same_words() -> None:
    own = {"addresses", "hostname", "masquerade", "routes", "services"}
    assert own | set(build.PLACES) == set(build.RouterWords.__annotations__)
    assert own | {"role"} == nodes.OWN_KEYS
    assert set(build.LabWords.__annotations__) == set(lab.LAB_KEYS)
    assert set(build.LinkWords.__annotations__) == set(links.OWN_KEYS) | {
        "mtu",
        "ipv4",
        "ipv6",
        "macs",
    }
