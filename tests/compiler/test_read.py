"""Text → data: places, variables, and what must never be taken silently."""

from __future__ import annotations

import pytest

from netplay.compiler.read import dotted, escape, read_text, substitute
from netplay.errors import TopologyError
from netplay.playground import text

SAMPLE = """\
name: sample
topology:
  nodes:
    a: {exec: [one, two]}
    b:
  links:
    - endpoints: ["a:eth0", "b:eth0"]
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("name",), (1, 7)),
        (("topology", "nodes", "a", "exec", 1), (4, 21)),
        (("topology", "nodes", "b"), (5, 5)),  # an empty value is shown by its key
        (("topology", "links", 0, "endpoints", 1), (7, 29)),
        (("topology", "links", 7), (7, 5)),  # what is not there: the nearest that is
    ],
)
def test_places(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert read_text(SAMPLE, "sample", {}).place(path) == place


def test_the_place_of_a_key() -> None:
    document = read_text(SAMPLE, "sample", {})
    assert document.place(("topology", "nodes", "a", "exec"), key=True) == (4, 9)


def test_the_value_at_a_path() -> None:
    document = read_text(SAMPLE, "sample", {})
    assert document.value(("topology", "nodes", "a", "exec", 1)) == "two"
    assert document.value(("topology", "links", 3)) is None
    assert document.value(("name", "x")) is None


def test_dotted() -> None:
    assert dotted(("topology", "links", 3, "endpoints", 1)) == "links[3].endpoints[1]"
    assert dotted(("topology",)) == "topology"
    assert dotted(()) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("007", "007"),
        ("1.10", "1.10"),
        ("1_000", "1_000"),
        ("22:22", "22:22"),
        ("true", True),
        ("no", "no"),
        ("on", "on"),
        ("~", None),
        ("''", ""),
        ("'7'", "7"),
        ('"null"', "null"),
        ("2001-01-01", "2001-01-01"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert read_text(f"a: {text}", "x", {}).data == {"a": value}


def test_variables() -> None:
    environment = {"A": "1", "EMPTY": ""}
    assert substitute("${A} ${B:-2} ${C:=3} ${D-4}", "x", environment) == "1 2 3 4"
    assert substitute("[${EMPTY}] [${EMPTY:-5}]", "x", environment) == "[] [5]"
    # sh(1): without the colon, what is set to nothing is set.
    assert substitute("[${EMPTY-5}] [${EMPTY=5}] [${NO-}]", "x", environment) == "[] [] []"
    assert substitute("$A $${A} $(x) ${1}", "x", environment) == "$A ${A} $(x) ${1}"
    assert substitute("# ${NOWHERE}", "x", {}) == "# ${NOWHERE}"
    with pytest.raises(TopologyError, match=r"x:1:3: the environment has no B"):
        substitute("a ${B}", "x", {})


@pytest.mark.parametrize("text", ["${A}", "$${A}", "$$${A}", "$A", "${", "${A:-x}${B}"])
def test_escape_protects_from_substitution(text: str) -> None:
    assert substitute(escape(text), "x", {}) == text


def test_crumbs_of_a_file_never_crash() -> None:
    """Whatever a file is cut down to, the answer is data or a TopologyError."""
    whole = text()
    answers: set[str | None] = set()
    for end in range(0, len(whole), 97):
        try:
            answers.add(type(read_text(whole[:end], "cut", {})).__name__)
        except TopologyError as error:
            answers.add(error.problems[0].file)
    assert answers == {"Document", "cut"}


def test_trailing_junk_is_refused() -> None:
    for junk in ("\n}", "\n\t- x", "\n...\nname: again\n--- \nx: y", "\n\x00"):
        with pytest.raises(TopologyError):
            read_text(SAMPLE + junk, "x", {})
