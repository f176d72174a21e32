"""One end of a JSON-RPC conversation in which both sides call, and both sides tell.

Peer(send, methods) sends texts with *send*; feed it each text that arrives.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any


class Refused(Exception):
    """The other side answered with an error."""


class Peer:
    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        methods: Mapping[str, Callable[..., Awaitable[Any]]],
    ) -> None:
        self.send, self.methods = send, methods
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def tell(self, method: str, **params: Any) -> None:
        """A notification: no id, no answer."""
        await self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    async def call(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
        try:
            await self.send(json.dumps(request))
            return await self.waiting[number]
        finally:
            del self.waiting[number]

    def feed(self, text: str | bytes) -> None:
        """An answer wakes who waits for it; a call starts a task, so that the next can come."""
        match json.loads(text):
            case {"method": str(method), **rest}:
                self.tasks.add(task := asyncio.create_task(self.perform(method, rest)))
                task.add_done_callback(self.tasks.discard)
            case {"id": int(number), "result": result} if number in self.waiting:
                self.waiting[number].set_result(result)
            case {"id": int(number), "error": {"message": why}} if number in self.waiting:
                self.waiting[number].set_exception(Refused(why))

    async def perform(self, method: str, rest: Mapping[Any, Any]) -> None:
        reply = {"jsonrpc": "2.0", "id": rest.get("id")}
        if function := self.methods.get(method):
            try:
                reply["result"] = await function(**rest.get("params", {}))
            except Exception as error:  # whatever it is, the other side should hear of it
                reply["error"] = {"code": -32000, "message": f"{type(error).__name__}: {error}"}
        else:
            reply["error"] = {"code": -32601, "message": f"Method not found: {method}"}
        if "id" in rest:
            await self.send(json.dumps(reply))

    def hang_up(self) -> None:
        """The line is dead: nobody should go on waiting for it."""
        for waiting in self.waiting.values():
            waiting.set_exception(Refused("the connection has ended"))
        for task in self.tasks:
            task.cancel()
