"""Paths of a node, followed by one whose root is another."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from netplay.kernel import mounts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "var").mkdir(parents=True)
    (root / "run").mkdir()
    (root / "var" / "run").symlink_to("/run")
    (root / "up").symlink_to("../../..")
    (root / "out").symlink_to("/etc/passwd")
    (root / "near").symlink_to("var/./run/x")
    (root / "round").symlink_to("round")
    return root


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/run/a", "/run/a"),
        ("/var/run/a", "/run/a"),
        ("/up/etc", "/etc"),
        ("/../../etc", "/etc"),
        ("/var/../run", "/run"),
        ("/out", "/etc/passwd"),
        ("/near", "/run/x"),
        ("/not/there", "/not/there"),
        ("/", ""),
    ],
)
def test_a_path_stays_inside(root: Path, path: str, found: str) -> None:
    assert mounts.inside(str(root), path) == f"{root}{found}"


def test_a_link_that_goes_round_ends(root: Path) -> None:
    with pytest.raises(OSError, match="Too many levels of symbolic links: '/round'") as caught:
        mounts.inside(str(root), "/round")
    assert caught.value.errno == errno.ELOOP
