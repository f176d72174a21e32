"""`up --capture FILE`: a process that records a lab from its first packet to its last.

It is started while the lab is only a namespace without links (see `keeper.launch`), holds the
packet socket, and lives beside the keeper, whoever started both. Its line to the keeper tells it
when to end: a packet socket keeps its namespace, and so must not outlive the lab.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from pathlib import Path

import netplay
from netplay.capture.pcapng import Writer
from netplay.capture.record import Recorder
from netplay.errors import LabError
from netplay.lab import tapping
from netplay.lab.capturing import names_block
from netplay.lab.place import Place
from netplay.model import Topology

_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from netplay.lab.lab_recorder import main; main(*map(int, sys.argv[2:]))"
)
_BUFFER = 1 << 23  # bytes until they are written


class LabRecorder:
    """Records all links of a lab that is about to begin, into *path*."""

    def __init__(self, topology: Topology, place: Place, path: str | Path) -> None:
        self._topology, self._place, self._path = topology, place, path

    def start(self, tap: int) -> None:
        """Starts the process with the packet socket *tap*; returns when it listens."""
        with os.fdopen(tap, "rb"), open(self._path, "wb") as out, self._place.connect() as line:
            reading, writing = os.pipe2(os.O_CLOEXEC)
            with os.fdopen(reading, "rb") as ready:
                with os.fdopen(writing, "wb"), os.fdopen(_memory(self._topology), "rb") as order:
                    files = (order.fileno(), tap, line.fileno(), out.fileno(), writing)
                    self._spawn(files)
                if not ready.read(1):
                    raise LabError(f"the recording could not begin; see {self._place.log}")

    def _spawn(self, descriptors: tuple[int, ...]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        log = os.open(self._place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        source = str(Path(netplay.__file__).parent.parent)
        argv = [sys.executable, "-I", "-S", "-c", _BOOT, source, *map(str, descriptors)]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
        ]
        try:
            child = os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions)
        finally:
            os.close(log)
        os.waitpid(child, 0)  # it has left its work to a child of its own


def _memory(topology: Topology) -> int:
    descriptor = os.memfd_create("topology", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        pickle.dump(topology, file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def main(order: int, tap: int, line: int, file: int, ready: int) -> None:
    """What the process does: records until the keeper, at the other end of *line*, has ended."""
    if os.fork():
        os._exit(0)
    os.setsid()
    with os.fdopen(order, "rb") as memory:
        topology: Topology = pickle.load(memory)  # written by our launcher, in memory
    source = tapping.whole_panel(topology, tap)
    with os.fdopen(file, "wb") as out:
        writer = Writer(out, source.all_points, names_block(topology))
        recorder = Recorder([source], writer.write, buffer=_BUFFER)
        os.write(ready, b"1")
        os.close(ready)
        recorder.run(line)
        for point, (received, dropped) in recorder.statistics().items():
            writer.statistics(point, time.time_ns(), received, dropped)
    os._exit(0)
