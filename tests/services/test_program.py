"""A program of one's own, and the settings that all services read alike."""

from __future__ import annotations

import pytest

from netplay.errors import TopologyError
from netplay.services import program
from tests.services.contexts import context

PYTHON = ["/usr/bin/python3", "/example/app.py"]


def test_it_is_started_as_it_is_written() -> None:
    assert program.SERVICE.argv(context("h1", "program", argv=PYTHON)) == tuple(PYTHON)


def test_as_somebody_else() -> None:
    argv = program.SERVICE.argv(context("h1", "program", argv=PYTHON, user="nobody"))
    assert argv == ("/usr/sbin/runuser", "-u", "nobody", "--", *PYTHON)


def test_it_is_ready_when_it_answers_if_it_speaks_http() -> None:
    assert program.SERVICE.probes(context("h1", "program", argv=PYTHON)) == ()
    (probe,) = program.SERVICE.probes(context("h1", "program", argv=PYTHON, http=8000))
    assert (probe.port, probe.what) == (8000, "GET /")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "argv: a program by its whole path is wanted here"),
        ({"argv": ["app.py"]}, "argv: a program by its whole path is wanted here"),
        ({"argv": [{"a": 1}]}, "argv: a list of words is wanted here"),
        ({"argv": PYTHON, "user": ["me"]}, "user: a word is wanted here"),
        ({"argv": PYTHON, "http": "web"}, "http: 'web' is not a whole number"),
        ({"argv": PYTHON, "http": True}, "http: 'True' is not a whole number"),
    ],
)
def test_wrong_settings(settings: dict[str, object], sentence: str) -> None:
    there = context("h1", "program", **settings)
    with pytest.raises(TopologyError) as caught:
        [read(there) for read in (program.SERVICE.argv, program.SERVICE.probes)]
    assert str(caught.value).startswith(f"nodes.h1.services.program.{sentence}")
