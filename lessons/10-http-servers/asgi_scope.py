"""What an ASGI server says to an application, and when: its scope, and each event.

    uvicorn --log-level warning --host 0.0.0.0 --port 8004 asgi_scope:app
    curl -d 'some body' 'http://www.example.com:8004/a%20path?x=1'

The twin of wsgi_env.py. The scope is the answer; the events are printed where the server runs.
"""

from collections.abc import Awaitable, Callable
from pprint import pformat
from typing import Any

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    def say(*words: object) -> None:
        print(scope["type"].ljust(9), *words, flush=True)

    async def hear() -> Event:
        event = await receive()
        say("received", event)
        return event

    async def tell(**event: Any) -> None:
        say("sends   ", event["type"])
        await send(event)

    say("called   with", ", ".join(sorted(scope)))
    if scope["type"] == "lifespan":  # one call, from the server's start to its end
        for event in "startup", "shutdown":
            await hear()
            await tell(type=f"lifespan.{event}.complete")
    elif scope["type"] == "http":  # one call for each request
        while (await hear()).get("more_body", False):
            pass
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await tell(type="http.response.start", status=200, headers=headers)
        await tell(type="http.response.body", body=b"Here is the scope:\r\n\r\n", more_body=True)
        await tell(type="http.response.body", body=pformat(scope).encode())
        await hear()
    say("returns")
