"""Schedules: read with every mistake at once, and run with a clock and a lab of our own. Pure."""

from __future__ import annotations

from typing import Any, cast

import pytest

from netplay import Lab
from netplay.errors import TopologyError
from netplay.lab.faults import Trouble
from netplay.lab.presets import PRESETS
from netplay.lab.schedule import Event, Run, read
from netplay.model import Impairment
from tests.lab.test_links import NETWORK

TEXT = """\
- {at: 10s, for: 3s, link: h1>modem, preset: 3g}
- {at: 0, link: h1 lan, delay: 50ms, loss: 1%, seed: 4}
- {at: 5s, for: 2s, cut: h2}
- {at: 15s, for: 500ms, partition: h1 h2 | h3}
- {at: 20s, for: 1s, off: h1 h2}
- {at: 24s, on: h3}
- {at: 25s, heal: all}
"""


ACTIONS = "link, cut, mend, heal, off, on, partition"


def test_a_schedule_is_read_and_put_in_order() -> None:
    events = read(TEXT, "storm.yml", NETWORK)
    assert [(e.at, e.lasts, e.action, e.what) for e in events] == [
        (0.0, None, "link", "h1 lan"),
        (5.0, 2.0, "cut", "h2"),
        (10.0, 3.0, "link", "h1>modem"),
        (15.0, 0.5, "partition", "h1 h2 | h3"),
        (20.0, 1.0, "off", "h1 h2"),
        (24.0, None, "on", "h3"),
        (25.0, None, "heal", "all"),
    ]
    assert events[0].values == {"delay": "50ms", "loss": "1%"}
    assert events[0].seed == 4
    assert events[2].preset == "3g"
    assert str(events[0]) == "fault h1 lan delay=50ms loss=1%"


def test_every_mistake_is_told_with_its_place() -> None:
    text = """\
- {at: 5, link: h1 lan, loss: 1%}
- {at: 1s, cutt: h1}
- {at: 1s, cut: hh1}
- {at: 1s, for: 1s, heal: all}
- {at: 1s, cut: h1, delay: 5ms}
- {at: 1s, link: h1, delay: soon, preset: cabel}
- {at: 1s, link: h1, cut: h1}
- {at: 1s, partition: h1 | nobody}
- now
- {at: 1s, link: h1}
- {at: 1s, off: h1 | h2}
"""
    with pytest.raises(TopologyError) as caught:
        read(text, "storm.yml", NETWORK)
    assert str(caught.value).splitlines() == [
        "storm.yml:1:8: [0].at: '5' is not a time; write it as in '50ms', '1.5s' or '200us'",
        f"storm.yml:2:3: [1]: an entry has 'at' and one of {ACTIONS}",
        "storm.yml:2:12: [1].cutt: unknown key 'cutt'; did you mean 'cut'?",
        "storm.yml:3:17: [2].cut: there is no 'hh1' in this lab; did you mean 'h1'?",
        "storm.yml:4:12: [3].for: 'heal' does not last; leave 'for' out",
        "storm.yml:5:21: [4].delay: 'delay' goes with 'link', not with 'cut'",
        "storm.yml:6:29: [5].delay: 'soon' is not a time; write it as in '50ms', '1.5s' or '200us'",
        "storm.yml:6:43: [5].preset: there is no preset 'cabel'; did you mean 'cable'?",
        f"storm.yml:7:3: [6]: an entry has 'at' and one of {ACTIONS}",
        "storm.yml:8:23: [7].partition: no machine is called 'nobody'",
        "storm.yml:9:3: [8]: an entry is a mapping, as in '{at: 5s, for: 2s, cut: h1 lan}'",
        "storm.yml:10:18: [9].link: say what is wrong with it, as in 'delay: 50ms'",
        "storm.yml:11:17: [10].off: no machine is called '|'",
    ]


class FakeLab:
    """Notes what is asked of it, and what is undone."""

    topology = NETWORK

    def __init__(self) -> None:
        self.did: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def note(*words: object, **values: object) -> Trouble:
            said = [str(w) for w in words] + [f"{k}={v}" for k, v in values.items() if v]
            self.did.append(" ".join([name, *said]))
            return Trouble(lambda: self.did.append(f"undo {name} {words[0]}"))

        return note


class Clock:
    """Never waits."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def wait(self, moment: float) -> None:
        self.moments.append(moment)


@pytest.fixture
def lab() -> FakeLab:
    return FakeLab()


def test_everything_happens_in_its_time_and_ends_in_it(lab: FakeLab) -> None:
    clock, notes = Clock(), list[tuple[float, str]]()
    Run(cast("Lab", lab), read(TEXT, "f", NETWORK), clock.wait, lambda *n: notes.append(n))()
    assert clock.moments == [0.0, 5.0, 7.0, 10.0, 13.0, 15.0, 15.5, 20.0, 21.0, 24.0, 25.0]
    assert lab.did == [
        "fault h1 lan seed=4 delay=50ms loss=1%",
        "cut h2",
        "undo cut h2",
        "fault h1>modem preset=3g",
        "undo fault h1>modem",
        "partition ['h1', 'h2'] ['h3']",
        "undo partition ['h1', 'h2']",
        "off h1 h2",
        "undo off h1",
        "on h3",
        "heal",
    ]
    assert notes[2] == (7.0, "end of cut h2")


def test_what_was_for_a_time_is_undone_when_it_is_interrupted(lab: FakeLab) -> None:
    def wait(moment: float) -> None:
        if moment == 7.0:
            raise KeyboardInterrupt

    run = Run(cast("Lab", lab), read(TEXT, "f", NETWORK), wait, lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert lab.did[-1] == "undo cut h2"


def test_an_event_that_ends_when_another_begins_ends_first(lab: FakeLab) -> None:
    events = (
        Event(at=0, lasts=1, action="cut", what="h1"),
        Event(at=1, lasts=1, action="cut", what="h1"),
    )
    Run(cast("Lab", lab), events, lambda _: None, lambda *_: None)()
    assert lab.did == ["cut h1", "undo cut h1", "cut h1", "undo cut h1"]


def test_every_preset_is_a_link_that_can_be() -> None:
    assert list(PRESETS) == ["dsl", "cable", "4g", "3g", "satellite", "wifi-bad", "lossy"]
    for preset in PRESETS.values():
        assert preset.up != Impairment()
        assert preset.down.delay >= preset.down.jitter
        assert preset.down.rate >= preset.up.rate
        # a queue holds the packets that are on the way in a round trip, or more
        if preset.down.rate:
            assert preset.down.queue >= preset.down.rate * preset.down.delay * 2 / 8 / 1514 / 4
