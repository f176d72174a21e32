"""What the keeper is given when it starts, and how it says how far it is.

The launcher pickles a `Launch` into a memory file and says `GO`, with the
listening sockets of the ports that are published; both ends are the same version
of netplay and the same person, and nobody else can reach the descriptor. Over the launch line, a
socket pair, the keeper answers with JSON objects: ``{"keeper": pid}``, ``{"stage": …, "at":
…}`` and at the end ``{"up": {"ready": …}, "at": …}``, or ``{"error": sentence}``; "at" is the
monotonic clock. A lab lives as long as its line, unless the launcher says `STAY` before it closes
it.
"""

from __future__ import annotations

from netplay.structs import Frozen

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from netplay.steps import Step

GO = b"go"
MOST_PORTS = 253  # SCM_MAX_FD (unix(7))
STAY = b"stay"


class Launch(Frozen, kw_only=True):
    """All that a keeper needs to know; it never sees a topology.

    ``steps`` are those that the fitter (see `fitter`) does not do. ``image`` are the folders of
    the unpacked root image, its layers first. ``description`` is kept for the clients, unread.
    """

    name: str
    steps: tuple[Step, ...]
    image: tuple[str, ...]
    description: bytes
