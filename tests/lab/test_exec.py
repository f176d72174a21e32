"""containerlab's `exec`: shell lines that are run when the lab is up."""

from __future__ import annotations

import pytest

from netplay import Lab
from netplay.compiler import loads

FILE = """\
name: exec
topology:
  nodes:
    a:
      env: {WORD: third}
      exec:
        - sleep 0.1; echo first > /said
        - echo second >> /said; exit 3
        - echo $WORD >> /said
    b:
  links:
    - endpoints: ["a:eth0", "b:eth0"]
"""


@pytest.mark.lab
def test_they_are_run_in_their_order_whatever_becomes_of_each() -> None:
    with Lab(loads(FILE, environment={}), name="exec-order") as lab:
        assert lab["a"].run("cat", "/said").stdout.split() == ["first", "second", "third"]
        lab.reset("a")
        assert lab["a"].run("cat", "/said").stdout.split() == ["first", "second", "third"]
