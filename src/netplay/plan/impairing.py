"""From the model's impairments to the step that puts them on a cable."""

from __future__ import annotations

from collections.abc import Iterator

from netplay.cables import Conditions, Impair
from netplay.model import PERFECT, Impairment, Link, Topology
from netplay.plan.panel import panel

# What a topology declares is the same every time that it is up.
DECLARED_SEED = 0


def impair_steps(topology: Topology) -> Iterator[Impair]:
    """The impairments that *topology* declares."""
    links = [x for x in topology.links if (x.forward, x.backward) != (PERFECT, PERFECT)]
    if not links:
        return
    board = panel(topology)
    for link in links:
        yield Impair(
            link=link.name,
            cable=board.cable(link),
            forward=conditions(link.forward),
            backward=conditions(link.backward),
            seed=DECLARED_SEED,
            seeds=direction_seeds(DECLARED_SEED, link),
        )


def conditions(impairment: Impairment) -> Conditions:
    """The same in the words of steps, which know no model."""
    return Conditions(**vars(impairment))


def direction_seeds(seed: int, link: Link) -> tuple[int, int]:
    """The seeds of both directions of a link: 64 bits each, different for each in the lab."""
    import hashlib  # it loads OpenSSL, and a clean network needs no seeds

    first, second = (
        hashlib.blake2b(f"{seed} {way}".encode(), digest_size=8).digest()
        for way in (f"{link.a} > {link.b}", f"{link.b} > {link.a}")
    )
    return int.from_bytes(first, "big"), int.from_bytes(second, "big")
