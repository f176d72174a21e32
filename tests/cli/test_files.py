"""The verbs about topology files: validate, export, import, schema. They start nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from netplay import load

from .conftest import NETPLAY

ROOT = Path(__file__).parents[2]
KATHARA = ROOT / "tests" / "export" / "kathara"
FILE = """\
name: two
topology:
  nodes:
    a: {config: {vars: {netplay: {services: [ssh, {nginx: {backends: ["b:80"]}}]}}}}
    b:
  links:
    - endpoints: ["a:eth0", "b:eth0"]
"""

Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def call(environment: dict[str, str], tmp_path: Path) -> Call:
    """Runs netplay in a folder with `two.clab.yml`."""
    (tmp_path / "two.clab.yml").write_text(FILE)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*NETPLAY, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def change(folder: Path, old: str, new: str) -> None:
    (folder / "two.clab.yml").write_text(FILE.replace(old, new))


def test_a_right_file_is_right(call: Call) -> None:
    done = call("validate", "two.clab.yml")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "two.clab.yml: nothing is wrong\n"


def test_every_mistake_is_a_line_with_its_place(call: Call, tmp_path: Path) -> None:
    change(tmp_path, '[ssh, {nginx: {backends: ["b:80"]}}]', "[shh, {nginx: {backend: []}}]")
    done = call("validate", "two.clab.yml")
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "two.clab.yml:4:46: nodes.a.config.vars.netplay.services[0]: no service is called 'shh'; "
        "did you mean 'ssh'?",
        "two.clab.yml:4:60: nodes.a.config.vars.netplay.services[1].nginx.backend: unknown key "
        "'backend'; did you mean 'backends'?",
    ]


def test_the_same_as_data(call: Call, tmp_path: Path) -> None:
    change(tmp_path, '"b:eth0"', '"c:eth0"')
    done = call("validate", "--json", "two.clab.yml")
    said = json.loads(done.stdout)
    assert (done.returncode, said["warnings"]) == (2, [])
    (problem,) = said["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("two.clab.yml", 7, 29)
    assert "no node is called 'c'" in problem["message"]


def test_strict_makes_a_warning_a_mistake(call: Call, tmp_path: Path) -> None:
    change(tmp_path, "    b:\n", "    b: {image: debian}\n")
    assert call("validate", "two.clab.yml").returncode == 0
    assert "'image' is not used" in call("validate", "two.clab.yml").stderr
    assert "'image' is not used" in call("validate", "--strict", "two.clab.yml").stdout
    assert call("validate", "--strict", "two.clab.yml").returncode == 2


def test_a_file_that_is_not_there_is_a_wrong_word(call: Call) -> None:
    done = call("validate", "tow.clab.yml")
    assert done.returncode == 2
    assert "there is no file 'tow.clab.yml'; did you mean 'two.clab.yml'?" in done.stderr


def test_what_is_exported_reads_back_as_the_same_network(call: Call, tmp_path: Path) -> None:
    (tmp_path / "again.clab.yml").write_text(call("export", "containerlab", "two.clab.yml").stdout)
    first = load(tmp_path / "two.clab.yml")
    assert load(tmp_path / "again.clab.yml") == first


@pytest.mark.parametrize(
    ("form", "begins"),
    [("compose", "#"), ("mermaid", "flowchart"), ("svg", "<svg"), ("plain", '{\n  "name": "two"')],
)
def test_other_forms(call: Call, form: str, begins: str) -> None:
    done = call("export", form, "two.clab.yml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins)
    if form == "compose":
        assert set(yaml.safe_load(done.stdout)["services"]) == {"a", "b"}


def test_an_unknown_form_is_refused_with_those_there_are(call: Call) -> None:
    done = call("export", "dot", "two.clab.yml")
    assert done.returncode == 2
    assert "'containerlab', 'compose', 'mermaid', 'svg', 'plain'" in done.stderr


def test_a_folder_of_kathara_becomes_a_file(call: Call, tmp_path: Path) -> None:
    done = call("import", str(KATHARA))
    assert "'image' is not used" in done.stderr
    (tmp_path / "offices.clab.yml").write_text(done.stdout)
    assert call("validate", "--strict", "offices.clab.yml").returncode == 0
    assert call("map", str(KATHARA)).stdout == call("map", "offices.clab.yml").stdout


def test_a_folder_without_a_lab_is_told_apart(call: Call) -> None:
    done = call("import", ".")
    assert done.returncode == 2
    assert "the folder '.' has no lab.conf; did you mean './two.clab.yml'?" in done.stderr
    assert "there is no folder 'nowhere'" in call("import", "nowhere").stderr


def test_the_schema_is_one_and_accepts_what_validate_accepts(call: Call) -> None:
    schema = json.loads(call("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(FILE), schema)
    path = Path(call("schema", "--path").stdout.strip())
    assert json.loads(path.read_text()) == schema
