"""What verbs show of a lab's state, with a lab made of paper; and how far a start is."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from netplay import Lab
from netplay.cli import entry, logs, ps, starting

from .conftest import topology


def service(name: str, state: str = "ready", **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "name": name,
        "state": state,
        "ports": [],
        "pid": 4,
        "ready_after": None,
        "exit_status": None,
        "log": f"/var/log/netplay/{name}.log",
        "logs": [],
    }
    return {**plain, **more}


class PaperLab(Lab):
    """The small network, with a state that tests write; nothing is up."""

    def __init__(self, nodes: dict[str, Any]) -> None:
        super().__init__(topology(), name="paper")
        self._nodes = nodes

    def state(self, *, memory: bool = False) -> dict[str, Any]:
        return {"lab": "paper", "keeper": {"pid": 7}, "keeper_memory": 1, "nodes": self._nodes}


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The state that `ps` sees."""
    nodes: dict[str, Any] = {}
    monkeypatch.setattr(ps, "attach", lambda _: PaperLab(nodes))
    return nodes


def test_ps_tells_what_is_not_as_it_should_be(
    paper: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    paper["h1"] = {
        "pid": 3,
        "memory": 12_345_678,
        "services": [
            service("ssh"),
            service("dns", "starting"),
            service("ftp", "exited", exit_status=127),
            service("evil\x1b[2J", "stopped"),
        ],
    }
    assert entry.run(["ps"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[0] == "h1"
    shown = "ssh dns(starting) ftp(exited 127) evil\\x1b[2J(stopped)"
    assert f"{shown}  12.3 MB" in lines[1]
    assert lines[2].split()[-2:] == ["-", "-"], "www has nothing and uses nothing"


def test_ps_json_has_everything(paper: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["ps", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["keeper"] == {"pid": 7, "memory": 1}
    assert set(found) == {"schema", "lab", "keeper", "nodes"}
    assert set(found["nodes"][0]) == {
        "name",
        "role",
        "hostname",
        "aliases",
        "addresses",
        "interfaces",
        "ports",
        "pid",
        "off",
        "memory",
        "services",
    }


def test_logs_marks_each_file() -> None:
    services = [service("nginx", logs=["/var/log/nginx/access.log"]), service("ssh")]
    assert logs._files(services, "www", "") == {
        "nginx": "/var/log/netplay/nginx.log",
        "nginx access.log": "/var/log/nginx/access.log",
        "ssh": "/var/log/netplay/ssh.log",
    }
    assert list(logs._files(services, "www", "ssh")) == ["ssh"]


def test_the_image_s_progress_on_a_pipe_is_a_line_for_each_thing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with starting.image_progress() as tell:
        for text, share in (("unpacking", 0.1), ("unpacking", 0.2), ("writing", None)):
            tell(text, share)
    assert capsys.readouterr().err == "image: unpacking\nimage: writing\n"


@pytest.mark.parametrize("fails", [False, True])
def test_the_status_line_at_a_terminal_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    try:
        with starting._status_line("paper") as stage:
            stage("files", 0.2)
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    shown = capsys.readouterr().err
    assert "starting paper: files" in shown
    assert shown.endswith("\r\x1b[K")
