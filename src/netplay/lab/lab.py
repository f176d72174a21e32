"""`Lab`: a topology that is up, or is about to be."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from netplay.errors import LabError, NoSuchNode, suggestion
from netplay.keeper.launch import STAY, Launch
from netplay.lab.launching import Launching, Progress
from netplay.lab.place import Place, ask
from netplay.model import Topology

TYPE_CHECKING = False  # these cost imports; type checkers know the names
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from netplay.capture.flows import Conversation
    from netplay.compiler import Network
    from netplay.lab.capturing import Capture
    from netplay.lab.faults import Fault, Trouble, Value
    from netplay.lab.node import Node
    from netplay.lab.process import Completed
    from netplay.lab.tracing import Trace
    from netplay.lab.why import Explanation
    from netplay.steps import NetworkStep, Step

_REMEMBERED = 20  # programs


class Lab:
    """A lab: ``with Lab(topology) as lab:`` brings it up and takes it down.

    Making one does nothing yet. *topology* may be a `Network`, which is finished here:
    TopologyError then tells all that is wrong with it. *name* tells labs apart that are up at the
    same time; by default it is the topology's. Every method raises LabError, or one of its kinds,
    when the lab is not up or cannot do what is asked.
    """

    def __init__(
        self,
        topology: Topology | Network,
        *,
        name: str | None = None,
        work: str | Path | None = None,
    ) -> None:
        if not isinstance(topology, Topology):
            from netplay.services import known

            topology = topology.topology(services=known())
        self.topology = topology
        self.place = Place(name or topology.name)
        self._work = work
        self._owned: socket.socket | None = None
        # What was run on which node, the latest last, for whoever explains a failure.
        self.history: deque[tuple[str, Completed]] = deque(maxlen=_REMEMBERED)
        self._capture: Capture | None = None

    @classmethod
    def attach(cls, name: str = "playground") -> Lab:
        """The lab called *name* that is up already; `NoSuchLab` if there is none."""
        import pickle

        place = Place(name)
        _, descriptors = ask(place.connect(), {"op": "description"})
        with os.fdopen(descriptors[0], "rb") as file:
            file.seek(0)
            topology: Topology = pickle.load(file)
        return cls(topology, name=name)

    @property
    def name(self) -> str:
        """What tells this lab from others."""
        return self.place.name

    def __enter__(self) -> Lab:
        if not self.up(linger=False):
            # Leaving the block would take down what somebody else has brought up.
            raise LabError(
                f"the lab '{self.name}' is up already: use it with Lab.attach('{self.name}'), "
                "or give this one another name"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    async def __aenter__(self) -> Lab:
        import asyncio

        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        import asyncio

        await asyncio.to_thread(self.down)

    def __getitem__(self, name: str) -> Node:
        from netplay.lab.node import Node

        computers = {node.name: node for node in self.topology.computers}
        if name not in computers:
            raise NoSuchNode(
                f"the lab '{self.name}' has no machine called '{name}'"
                + suggestion(name, computers)
            )
        return Node(self, computers[name])

    def __iter__(self) -> Iterator[Node]:
        from netplay.lab.node import Node

        return (Node(self, node) for node in self.topology.computers)

    # ------------------------------------------------------------ up and down

    def plan(self) -> tuple[Step, ...]:
        """Every step of this lab, in order; what `netplay plan` prints."""
        return (*self._network(), *self._others())

    def _network(self) -> tuple[NetworkStep, ...]:
        from netplay.plan.network import network_steps

        return tuple(network_steps(self.topology))

    def _others(self) -> tuple[Step, ...]:
        from netplay.lab.planning import others

        return others(self.topology, self.name, work=self._work)

    def up(
        self,
        *,
        linger: bool = True,
        progress: Progress | None = None,
        capture: str | Path | None = None,
    ) -> bool:
        """Brings the lab up and waits until every service answers; False if it was up already.

        With *linger* it stays up when this process ends. *capture* is a pcapng file for all that
        crosses its links, from its first packet to its last. Raises HostError if this computer
        cannot, LabError if a service does not answer; nothing remains then.
        """
        with self.place.locked():
            if self.place.is_up():
                return False
            with Launching(self.place) as launching:
                left = launching.fit(self._network(), tap=capture is not None)
                # It is looked for now, while the keeper starts, for that takes a while too.
                from netplay import image

                if folders := image.found(self.topology.layers):
                    line = self._launch(launching, left, folders, progress, capture)
            if not folders:
                folders = tuple(map(str, image.ensure_all(self.topology.layers)))
                with Launching(self.place) as launching:
                    left = launching.fit(self._network(), tap=capture is not None)
                    line = self._launch(launching, left, folders, progress, capture)
        if linger:
            line.send(STAY)
            line.close()
        else:
            self._owned = line
        return True

    def _launch(
        self,
        launching: Launching,
        left: Sequence[NetworkStep],
        image: tuple[str, ...],
        progress: Progress | None,
        capture: str | Path | None,
    ) -> socket.socket:
        import pickle

        from netplay.lab.publishing import listeners

        tap = None
        if capture is not None:
            from netplay.lab.lab_recorder import LabRecorder

            tap = LabRecorder(self.topology, self.place, capture).start
        order = Launch(
            name=self.name,
            steps=(*left, *self._others()),
            image=image,
            description=pickle.dumps(self.topology),
        )
        with listeners(order.steps) as ports:
            return launching.launch(order, progress, topology=self.topology, tap=tap, ports=ports)

    def down(self) -> bool:
        """Takes the lab down; False if it was not up. Nothing of it remains."""
        up = self.place.take_down()
        if self._owned is not None:
            self._owned.close()
            self._owned = None
        return up

    def reset(self, *nodes: str) -> None:
        """Gives nodes (all, if none is named) new file systems and starts their services again.

        With all nodes the links are healed, too.
        """
        if not nodes:
            self.heal()
        names = [self[name].name for name in nodes] or [node.name for node in self]
        self.ask({"op": "reset", "nodes": names})
        self.await_services()

    # ------------------------------------------------------------ bad links

    def fault(
        self,
        *link: str,
        preset: str | None = None,
        seed: int | None = None,
        **values: Value,
    ) -> Trouble:
        """Impairs a link: ``lab.fault("h1", "lan", delay="50ms", loss="1%")``.

        *link* is two nodes, an endpoint ``h1:eth1``, or one direction ``h1>lan``; else both are
        meant. Merges with what is set already. The values are delay, jitter, loss, duplicate,
        reorder, corrupt, rate and queue, in text with units or as seconds, shares and bit/s.
        The same *seed* loses the same packets (of the same traffic) again. It stays so, unless
        this is a ``with`` block: ``with lab.fault("h1", "lan", loss="100%"): …``.
        """
        from netplay.lab import faults

        return faults.fault(self, link, preset, seed, values)

    def faults(self) -> list[Fault]:
        """Every link that is impaired or cut."""
        from netplay.lab import faults

        return faults.faults(self)

    def heal(self, *link: str) -> None:
        """Makes a link as the topology says; or all of them, and what is apart or off, too."""
        from netplay.lab import faults

        faults.heal(self, link)

    def cut(self, *link: str) -> Trouble:
        """Unplugs a link: the nodes see the carrier go. For silence, ask for ``loss="100%"``.

        Until `mend`, or for the length of a ``with`` block.
        """
        from netplay.lab import faults

        return faults.cut(self, link)

    def mend(self, *link: str) -> None:
        """Plugs a link in again that was cut."""
        from netplay.lab import faults

        faults.mend(self, link)

    def off(self, *nodes: str) -> Trouble:
        """Switches machines off, as pulling the plug does: ``with lab.off("www"): …``.

        Their programs end in the same moment and nobody hears a last word of them; their cables
        carry nothing. What is on their disks stays; /run and /tmp are empty when they are on again.
        """
        from netplay.lab import faults

        return faults.off(self, nodes)

    def on(self, *nodes: str) -> None:
        """Switches machines (all that are off, if none is named) on, and awaits their services."""
        from netplay.lab import faults

        faults.on(self, nodes or None)

    def switched_off(self) -> list[str]:
        """The machines that are off."""
        from netplay.lab import faults

        return faults.switched_off(self)

    def partition(self, *groups: Sequence[str]) -> Trouble:
        """Keeps groups of machines apart: ``lab.partition(["h1", "h2"], ["www"])``.

        Nothing passes between them, silently; all else does. It replaces an earlier one, for the
        length of a ``with`` block or for good.
        """
        from netplay.lab import faults

        return faults.partition(self, groups)

    def partitioned(self) -> list[tuple[str, ...]]:
        """The groups that are kept apart, none if there is no partition."""
        from netplay.lab import faults

        return faults.partitioned(self)

    # ------------------------------------------------------------ what happens on the wire

    def capture(
        self, *where: str, filter: str | None = None, keep: int = 0, quick: bool = False
    ) -> Capture:
        """Records what crosses the links: ``with lab.capture("h1 lan", filter="tcp") as capture:``.

        *where* are links, nodes, endpoints ``h1:eth1`` or loopbacks ``h1:lo``; nothing is every
        link. With *keep*, only the last so many bytes are kept; a *quick* one begins and ends
        sooner, and loses packets sooner where there are many.
        """
        from netplay.lab.capturing import Capture

        self._capture = Capture(self, where, filter, keep=keep, quick=quick)
        return self._capture

    @property
    def captured(self) -> Capture:
        """The latest capture, whether it still runs or not; LabError if there was none."""
        if self._capture is None:
            raise LabError("nothing was recorded yet: use 'with lab.capture():' around it")
        return self._capture

    def seen(self, filter: str = "") -> int:
        """How many packets of the latest capture *filter* is true of, however far each went."""
        return self.captured.seen(filter)

    def conversation(self, filter: str = "") -> Conversation:
        """The first conversation of the latest capture that *filter* is true of."""
        return self.captured.conversation(filter)

    def ladder(self, width: int = 100, *, limit: int = 0) -> str:
        """The latest capture as a ladder: time runs downwards, every node is a column."""
        return self.captured.ladder(width, limit=limit)

    def trace(self, node: str) -> Trace:
        """The packets of what *node* does in a block: ``with lab.trace("h1") as trace:``."""
        from netplay.lab.tracing import Trace

        return Trace(self, node)

    def why(self, node: str, target: str) -> Explanation:
        """Tries to reach *target*, ``www:80`` or ``ns:53/udp``, and explains what stops it."""
        from netplay.lab.why import why

        return why(self, node, target)

    # ------------------------------------------------------------ asking

    def state(self, *, memory: bool = False) -> dict[str, Any]:
        """What changes while a lab is up: processes, services, memory (bytes of PSS)."""
        answer, _ = self.ask({"op": "state", "memory": memory})
        return {"lab": self.name, "keeper": {"pid": self.place.keeper}, **answer}

    def service(self, node: str, name: str, action: str) -> None:
        """Starts, stops or restarts a service and waits until it answers, or has ended."""
        known = [use.name for use in self[node].description.services]
        if name not in known:
            raise LabError(f"{node} has no service called '{name}'" + suggestion(name, known))
        self.ask({"op": "service", "node": node, "name": name, "action": action})
        if action != "stop":
            self.await_services()

    def await_services(self, seconds: float = 60.0) -> None:
        """Waits until every service answers; LabError says which do not, and what was last seen."""
        answer, _ = self.ask({"op": "await", "seconds": seconds})
        if not answer["ready"]:
            raise LabError("not everything came up:\n  " + "\n  ".join(answer["waiting"]))

    def line(self) -> socket.socket:
        """A new connection to the keeper."""
        return self.place.connect()

    def ask(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """Sends one request to the keeper; returns its answer and the descriptors beside it."""
        return ask(self.line(), request)
