"""The five workers of queuepi.py and queuepi_procs.py. Each knows its sockets, not who is there.

Imported, not run: a worker gets sockets that somebody has connected for it.
"""

import asyncio
import random

from zmq.asyncio import Socket

BITS = 32  # of each coordinate


def coordinates(bits: str) -> tuple[int, int]:
    """Their bits take turns, so the first two bits say which quarter of the square it is."""
    return int(bits[0::2], 2), int(bits[1::2], 2)


async def bitsource(points: Socket, count: int, seed: int | None) -> None:
    """Publish points, once the four quarters have a reader: an XPUB socket tells who subscribes."""
    missing = {b"\1" + quarter for quarter in (b"00", b"01", b"10", b"11")}
    while missing:
        missing.discard(await points.recv())  # a byte 1 (0: no longer), and what is wanted
    numbers = random.Random(seed)
    for _ in range(count):
        await points.send_string(f"{numbers.getrandbits(2 * BITS):0{2 * BITS}b}")
        await asyncio.sleep(0.001)


async def always_yes(points: Socket, votes: Socket) -> None:
    """The quarter at the centre is inside the circle, whatever comes after the 00."""
    while True:
        await points.recv_string()
        await votes.send_string("Y")


async def judge(points: Socket, sums: Socket, votes: Socket) -> None:
    """The other quarters need the sum of two squares: ask for it, then decide."""
    while True:
        await sums.send_json(coordinates(await points.recv_string()))
        await votes.send_string("Y" if await sums.recv_json() < 4**BITS else "N")


async def pythagoras(sums: Socket) -> None:
    """Sums of squares, for whoever asks. They have up to 65 bits, which not all JSON can."""
    while True:
        await sums.send_json(sum(n * n for n in await sums.recv_json()))


async def tally(votes: Socket, count: int) -> None:
    inside = 0
    for number in range(1, count + 1):
        inside += await votes.recv_string() == "Y"
        if number % 500 == 0 or number == count:
            print(f"{number:5} points, pi is about {4 * inside / number:.4f}", flush=True)
