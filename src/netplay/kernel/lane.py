"""One direction of a wire: which packets are lost, and when each of the others is due.

Nothing here sends or waits. `Lane.decide` is told how long a packet is and what time it is, and
answers with the times at which it (or its copies) must leave; `wire` does the rest.

The model is that of tc-netem(8), so that a lab behaves alike on kernels with and without it:

    lost or doubled ─► queue of the rate ─► serialised at the rate ─► delay ± jitter ─► out
                                                          └── reordered: past the delay ──► out

* *Jitter* is uniform: delay - jitter to delay + jitter, as netem's without a distribution
  table. A packet may overtake another then, as it may with netem.
* *Reorder* is the share of packets that do not wait for the delay.
* *Rate*: a packet of n bytes, Ethernet header included, occupies the wire for 8 n / rate seconds.
  It begins when the one before has ended: no tokens, no bursts. ``queue`` is the number of
  packets that may wait or be on their way into the wire; one that finds it full is dropped.
  Without a rate nothing queues, and ``queue`` says nothing.
* Without jitter and reordering packets leave in the order in which they came, also while
  the delay is being changed to a shorter one.

**Same seed, same lost packets.** Each direction has a generator of its own, and each packet draws
the same six numbers from it in the same order, needed or not. So the fate of the n-th packet
depends on the seed and n alone, not on the other direction, on time, or on what else is asked; and
2 % loss loses every packet that 1 % loses, and as many again.
"""

from __future__ import annotations

from collections import deque
from random import Random

from netplay.cables import Conditions

DEFAULT_QUEUE = 1000  # packets, netem's own limit
_SECOND = 1_000_000_000  # all times here are nanoseconds, as clocks and timers have them

KEPT = -1.0  # instead of a place to damage


class Lane:
    """The state of one direction, and what it has done so far in ``counts``."""

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self.conditions = conditions
        self._random = Random(seed).random
        self._free = 0  # when the wire can begin with another packet
        self._latest = 0  # when the last packet leaves that may not be overtaken
        self._waiting: deque[int] = deque()  # when each packet at the rate will be through
        self.counts = dict.fromkeys(
            ("passed", "lost", "duplicated", "reordered", "corrupted", "overflowed"), 0
        )

    def change(self, conditions: Conditions, seed: int | None = None) -> None:
        """New conditions for the packets to come; with a *seed* their fate begins anew."""
        self.conditions = conditions
        if seed is not None:
            self._random = Random(seed).random

    def decide(self, length: int, now: int) -> tuple[tuple[int, ...], float]:
        """When each copy of a packet of *length* bytes leaves, and where it is damaged.

        No time at all: it is lost. The place is a fraction of the packet, or `KEPT`.
        """
        random, asked, counts = self._random, self.conditions, self.counts
        doubled = random() < asked.duplicate
        lost = random() < asked.loss
        damaged = random() < asked.corrupt
        place = random()
        hurried = random() < asked.reorder
        swing = 2.0 * random() - 1.0
        counts["lost"] += lost
        counts["duplicated"] += doubled
        dues = []
        for _ in range(1 + doubled - lost):
            through = self._through(length, now)
            if through is None:
                counts["overflowed"] += 1
                continue
            dues.append(through if hurried else self._delayed(through, swing))
        if not dues:
            return (), KEPT
        counts["passed"] += len(dues)
        counts["reordered"] += hurried
        counts["corrupted"] += damaged
        return tuple(dues), place if damaged else KEPT

    def _through(self, length: int, now: int) -> int | None:
        """When the packet has been sent at the rate; None if its queue is full."""
        asked = self.conditions
        if not asked.rate:
            return now
        waiting = self._waiting
        while waiting and waiting[0] <= now:
            waiting.popleft()
        if len(waiting) >= (asked.queue or DEFAULT_QUEUE):
            return None
        self._free = max(now, self._free) + length * 8 * _SECOND // asked.rate
        waiting.append(self._free)
        return self._free

    def _delayed(self, through: int, swing: float) -> int:
        asked = self.conditions
        due = through + max(0, round((asked.delay + asked.jitter * swing) * _SECOND))
        if not asked.jitter:
            due = max(due, self._latest)
        self._latest = max(due, self._latest)
        return due
