"""Folders and files of the computer on a node."""

from __future__ import annotations

from pathlib import Path

import pytest

from netplay import Lab, Network

pytestmark = pytest.mark.lab


def test_a_folder_and_a_single_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("hello")
    (tmp_path / "motd").write_text("good morning")
    net = Network("binds")
    net.host("a", binds=[f"{tmp_path}/site:/srv/site", f"{tmp_path}/motd:/etc/motd:ro"])
    with Lab(net) as lab:
        assert lab["a"].run("cat", "/srv/site/index.html", "/etc/motd").stdout == (
            "hellogood morning"
        )
        lab["a"].run("sh", "-c", "echo more > /srv/site/more.html", check=True)
        assert (tmp_path / "site/more.html").read_text() == "more\n"
        assert lab["a"].run("sh", "-c", "echo evening > /etc/motd").returncode
