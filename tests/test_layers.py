"""Who may import whom, what may be printed, and where the doors to the system are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import netplay

PACKAGE = Path(netplay.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# part: the parts of netplay that it may import. A part is a module or folder of the package.
MAY_IMPORT = {
    "errors": set(),
    "digest": set(),
    "model": set(),
    "names": {"model"},
    "paths": {"errors"},
    "cables": set(),
    "steps": {"cables"},
    "structs": set(),
    "compiler": {"errors", "model", "names"},
    "export": {"errors", "model", "names", "compiler"},
    "map": {"errors", "export", "model", "names"},
    "playground": {"compiler", "model"},
    "services": {"errors", "model", "names", "steps"},
    "loading": {"compiler", "model", "services"},
    "credentials": {"digest", "errors", "model", "names", "services"},
    "plan": {"cables", "errors", "model", "names", "steps", "services"},
    "kernel": {"cables", "errors", "steps"},
    "image": {"digest", "errors", "kernel", "paths"},
    "keeper": {"cables", "errors", "kernel", "steps", "image"},
    "capture": {"errors", "model"},
    "lab": {
        "cables",
        "capture",
        "compiler",
        "credentials",
        "errors",
        "image",
        "keeper",
        "kernel",  # setns, for node.call
        "model",
        "names",
        "paths",
        "plan",
        "services",
        "steps",
    },
}
# Those above hold a Lab and may use what it is made of.
TOP = {"__init__", "__main__", "cli", "web", "pytest_plugin", "lessons"}


def part(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            if node.module == "netplay":
                yield from ((node.lineno, f"netplay.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_part_may(module: Path) -> None:
    own = part(module)
    if own in TOP:
        return
    assert own in MAY_IMPORT, f"give '{own}' a row in MAY_IMPORT"
    for line, name in imports(module):
        words = name.split(".")
        if words[0] == "netplay" and len(words) > 1:
            assert words[1] in MAY_IMPORT[own] | {own, "structs"}, f"{module}:{line} imports {name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_the_doors_to_the_system_are_few(module: Path) -> None:
    own = part(module)
    if "data" in module.parts:  # programs that run on a node
        return
    names = {name.split(".")[0] for _, name in imports(module)}
    if own != "kernel":
        assert "ctypes" not in names
    if own not in ("image", "kernel"):
        assert "subprocess" not in names
    if own == "cli" or module.name == "__main__.py":
        return
    for node in ast.walk(ast.parse(module.read_text())):
        is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        assert not is_print, f"{module}:{node.lineno} prints"


def test_no_module_is_too_long_to_read() -> None:
    lengths = {m: len(m.read_text().splitlines()) for m in MODULES}
    assert not {str(m): n for m, n in lengths.items() if n > 500}


def test_importing_netplay_needs_the_standard_library_only() -> None:
    code = "import sys, netplay; print(sorted({m.split('.')[0] for m in sys.modules}))"
    environment = {"PYTHONPATH": str(PACKAGE.parent)}
    out = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environment
    )
    loaded = set(ast.literal_eval(out.stdout))
    assert loaded <= sys.stdlib_module_names | {"netplay", "__main__"}


# Each of these takes milliseconds that everybody waits for who starts a lab.
SLOW = {"asyncio", "dataclasses", "difflib", "inspect", "shutil", "traceback", "typing"}
# What a lab's start needs, but only when its keeper is starting already.
LATER = {"json", "pickle", "netplay.steps", "netplay.plan"}
BARE = """
from netplay import Lab, Network
net = Network("n")
net.host("a")
net.router("b", masquerade="eth0")
net.link("a", "b")
lab = Lab(net.topology())
"""


@pytest.mark.parametrize(
    ("code", "slow"),
    [
        ("import netplay.keeper.main", SLOW | {"ipaddress", "pathlib", "subprocess", "threading"}),
        (BARE, SLOW | LATER),
        (f"{BARE}lab.plan()", SLOW | {"hashlib", "subprocess", "netplay.services.ssh"}),
        (
            "from netplay import Lab, playground; Lab(playground()).plan()",
            SLOW | {"subprocess"},
        ),
    ],
    ids=["keeper", "before one is started", "a network of one's own", "the playground"],
)
def test_the_start_of_a_lab_imports_nothing_that_takes_long(
    code: str, slow: set[str], tmp_path: Path
) -> None:
    code += "\nimport sys\nprint(*sys.modules)"
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "NETPLAY_CACHE": str(tmp_path)}
    for _ in range(2):  # the first time, keys are made
        out = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    loaded = set(out.split())
    assert "netplay" in loaded
    assert not loaded & slow


@pytest.mark.parametrize("name", netplay.__all__)
def test_every_public_name_is_there_and_explained(name: str) -> None:
    value = getattr(netplay, name)
    assert value.__doc__
