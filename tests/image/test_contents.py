"""The recipe: its hash changes when, and only when, the image would."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from netplay import model
from netplay.image import contents
from netplay.image.contents import (
    lessons_requirements,
    recipe_key,
    requirements_of_metadata,
    requirements_of_pyproject,
)

PYPROJECT = """\
[project]
name = "netplay"

[project.optional-dependencies]
# a comment
web = [
    "starlette>=1",
]
lessons = [
    "django>=5.2,<5.3",  # a reason
    # another
    "httpx2[http2]>=2, <3",
    "Zope.interface",
]
"""
METADATA = """\
Metadata-Version: 2.4
Name: netplay
Requires-Dist: click<9,>=8.3
Provides-Extra: lessons
Requires-Dist: django<5.3,>=5.2; extra == 'lessons'
Requires-Dist: httpx2[http2]<3,>=2; extra == "lessons"
Requires-Dist: zope-interface; extra == 'lessons'
Requires-Dist: starlette>=1; extra == 'web'
"""


def test_the_extra_is_read_from_a_checkout_and_from_an_installed_package_alike() -> None:
    from_checkout = requirements_of_pyproject(PYPROJECT)
    installed = requirements_of_metadata(METADATA)
    assert from_checkout == ("django>=5.2,<5.3", "httpx2[http2]>=2, <3", "Zope.interface")
    assert len(installed) == 3
    assert recipe_key(from_checkout) == recipe_key(installed)


def test_no_extra_is_no_requirements() -> None:
    assert requirements_of_pyproject("[project]\n") == ()
    assert requirements_of_metadata("Name: netplay\n") == ()


def test_the_projects_own_extra_is_found() -> None:
    assert any(line.startswith("dnspython") for line in lessons_requirements())


def test_the_key_is_stable_and_short() -> None:
    assert recipe_key() == recipe_key()
    assert re.fullmatch("[0-9a-f]{16}", recipe_key())
    assert recipe_key(["a", "b"]) == recipe_key(["b", "a"])


@pytest.mark.parametrize("what", ["RELEASE", "PACKAGES", "EXCLUDED", "FILES", "CUSTOMIZE"])
def test_the_key_changes_with_each_part(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe_key([])
    value = getattr(contents, what)
    monkeypatch.setattr(contents, what, value[:-1])
    assert recipe_key([]) != before


def test_a_layers_key_is_its_images_and_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    key = contents.layer_key("browser")
    assert key.startswith(f"{recipe_key()}-browser-")
    monkeypatch.setattr(contents, "LAYERS", {"browser": ("firefox-esr",)})
    assert contents.layer_key("browser") != key


def test_the_layers_are_those_a_network_may_name() -> None:
    assert set(contents.LAYERS) == set(model.IMAGE_LAYERS)


def test_the_key_changes_with_the_libraries() -> None:
    assert recipe_key(["django>=5.2"]) != recipe_key(["django>=5.1"])


def test_no_package_or_file_is_there_twice() -> None:
    assert len(set(contents.PACKAGES)) == len(contents.PACKAGES)
    paths = [file.path for file in contents.FILES]
    assert len(set(paths)) == len(paths)
    assert all(path.startswith("/") for path in paths)


def test_the_recipe_has_no_address_in_it() -> None:
    for module in Path(contents.__file__).parent.glob("*.py"):
        assert not re.search(r"https?://\w", module.read_text()), module


@pytest.mark.parametrize("step", contents.CUSTOMIZE, ids=lambda step: step.why[:40])
def test_each_step_is_valid_shell(step: contents.Step) -> None:
    checked = subprocess.run(["sh", "-n"], input=step.shell, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stderr
