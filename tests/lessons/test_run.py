"""Transcripts that run: on this computer, whose terminals are as good as a lab's."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from netplay.lessons.masks import SHARED
from netplay.lessons.parse import parse
from netplay.lessons.plan import plan
from netplay.lessons.run import Outcome, Runner
from netplay.lessons.update import rewritten
from tests.lessons.conftest import MACHINES, LocalMachines


def run(
    text: str, machines: LocalMachines, *, deadline: float = 10.0, quiet: float | None = None
) -> list[Outcome]:
    page = parse(text, "README.md", MACHINES)
    with Runner(
        machines,
        plan(page.transcripts, "README.md"),
        SHARED,
        folder=str(machines.folder),
        deadline=deadline,
        quiet=quiet,
    ) as runner:
        return [outcome for one in page.transcripts for outcome in runner.run(one)]


def bodies(outcomes: Sequence[Outcome]) -> list[list[str]]:
    return [list(outcome.printed) for outcome in outcomes]


RIGHT = {
    "output, and an exit status": """
```console
h1$ echo Hello; echo to stderr >&2; exit 3
Hello
to stderr
[exit status 3]
h1$ true
```
""",
    "a program in the background, and what it prints later": """
```console
h1$ mkfifo pipe; { echo ready; cat pipe; echo end; } &
ready
h2$ echo "from h2" > pipe
h1 ...
from h2
end
```
""",
    "an interrupted one": """
```console
h1$ trap 'echo last words; exit 130' INT; echo ready; while :; do sleep 0.1; done &
ready
h1 ...
^C
last words
```
""",
    "an interrupted one in the foreground": """
```console
h1$ echo working; sleep 100
working
^C
```
""",
    "a conversation": """
```console
h1$ read -p 'Name: ' name; read -sp 'Password: ' word; echo; echo "$name:$word"
Name: «brandon»
Password: «abc123»
brandon:abc123
```
""",
    "a Python prompt": """
```console
h1$ python3 -i -q
>>> «1 + 1»
2
>>> «for n in range(2): print(n)»
... «»
0
1
>>> «exit()»
```
""",
    "an end of file": """
```console
h1$ cat
«hello»
hello
^D
```
""",
    "progress, colours and any order": """
```console
h1$ printf '\\r10%%\\r100%%\\n\\033[31mred\\033[0m\\n'
100%
red
h1$ printf 'b\\na\\n' # any order
a
b
h1$ seq 100
1
[...]
100
```
""",
    "folders": """
```console
h1$ mkdir deeper
h1$ cd deeper
h1$ basename $PWD
deeper
h2$ [ -d deeper ] && echo not moved
not moved
```
""",
    "a silent program is ready when it listens": """
```console
h1$ sleep 0.3; touch it.socket; sleep 100 &
h1$ ls
deeper.socket
[...]
```
""",
    "the youngest, and one by its word": """
```console
h1$ echo one; sleep 0.2; echo first; sleep 100 &
one
h1$ echo two; sleep 0.1; echo second; sleep 99 &
two
h1 ...
second
h1 ... sleep 100
first
```
""",
    "an end with a status, in the background": """
```console
h1$ echo begun; sleep 0.2; exit 4 &
begun
h1 ...
[exit status 4]
```
""",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", RIGHT)
def test_a_page_that_is_right(name: str, machines: LocalMachines) -> None:
    text = RIGHT[name].replace("deeper.socket\n[...]", "it.socket")
    outcomes = run(text, machines)
    assert [(o.entry.title, o.printed, o.note) for o in outcomes if not o.equal] == []


@pytest.mark.timeout(60)
def test_what_does_not_come_is_waited_for_until_the_deadline_and_named(
    machines: LocalMachines,
) -> None:
    text = """
```console
h1$ echo Hello; sleep 100 &
Goodbye
h1$ read -p 'Name: ' name
Password: «abc»
h1$ sleep 100
```
"""
    begun = time.monotonic()
    outcomes = run(text, machines, deadline=0.5)
    assert time.monotonic() - begun < 5
    assert bodies(outcomes) == [["Hello"], ["Name: «abc»"], []]
    assert [outcome.equal for outcome in outcomes] == [False, False, False]
    assert outcomes[0].note == "these lines did not appear"
    assert outcomes[2].note == "it had not ended"
    assert outcomes[1].note == "what stands before Password: «abc» did not appear"


@pytest.mark.timeout(60)
def test_a_program_that_has_ended_cannot_be_continued(machines: LocalMachines) -> None:
    text = "```console\nh1$ echo Hello &\nHello\nh1 ...\nMore\nh1 ...\nMore\n```\n"
    outcomes = run(text, machines, deadline=2)
    assert [outcome.equal for outcome in outcomes] == [True, False, False]
    assert outcomes[2].note == "it had ended before"


@pytest.mark.timeout(60)
def test_an_update_fills_an_empty_page_which_then_is_right(machines: LocalMachines) -> None:
    text = """
```console
h1$ touch new; { echo ready; while [ -e new ]; do sleep 0.05; done; echo gone; sleep 99; } &
h1$ seq 3
h1$ rm new
h1 ...
h1$ python3 -q
>>> «2 * 3»
>>> «exit()»
h1$ false
h1 ...
^C
```
"""
    outcomes = run(text, machines, quiet=0.5)
    page = rewritten(text, outcomes, SHARED)
    assert page == text.replace(
        "done; echo gone; sleep 99; } &\n", "done; echo gone; sleep 99; } &\nready\n"
    ).replace("seq 3\n", "seq 3\n1\n2\n3\n").replace(
        "h1 ...\nh1$ py", "h1 ...\ngone\nh1$ py"
    ).replace("3»\n", "3»\n6\n").replace("false\n", "false\n[exit status 1]\n")
    again = run(page, machines)
    assert all(outcome.equal for outcome in again)


@pytest.mark.timeout(60)
def test_an_update_leaves_masked_figures_alone_unless_fresh_ones_are_wanted(
    machines: LocalMachines,
) -> None:
    text = "```console\nh1$ echo 'took 0.25 seconds'\ntook 0.10 seconds\n```\n"
    outcomes = run(text, machines, quiet=0.2)
    assert rewritten(text, outcomes, SHARED) == text
    assert rewritten(text, outcomes, SHARED, fresh=True) == text.replace("0.10", "0.25")


@pytest.mark.timeout(60)
def test_an_update_does_not_take_a_slow_start_for_silence(machines: LocalMachines) -> None:
    text = "```console\nh1$ { sleep 0.9; echo ready; sleep 99; } &\nready\nh1$ true\n```\n"
    outcomes = run(text, machines, quiet=0.2)
    assert rewritten(text, outcomes, SHARED) == text
