"""Bodies in pieces, both ways: nothing is collected, and nobody is waited for who has left.

uvicorn --log-level warning --host 0.0.0.0 --port 8008 stream_body:app
curl -N http://www.example.com:8008/ticks/3
curl http://www.example.com:8008/flood | head -c 1000000 | wc -c
curl -T FILE http://www.example.com:8008/size
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

BLOCK = bytes(2**16)


async def ticks(request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(request.path_params["count"]):
            yield f"tick {number}\n"
            await asyncio.sleep(0.5)  # here is where the work would be

    return StreamingResponse(lines(), media_type="text/plain")


async def flood(request: Request) -> StreamingResponse:
    async def blocks() -> AsyncIterator[bytes]:
        made = 0
        try:
            while True:
                made += len(BLOCK)
                yield BLOCK  # goes on once the server has passed it to the network
                await asyncio.sleep(0)  # else nobody else gets a turn: not even the news of the end
        finally:
            print(f"flood: the client is gone, and {made / 1e6:.0f} MB were made", flush=True)

    return StreamingResponse(blocks(), media_type="application/octet-stream")


async def size(request: Request) -> Response:
    total = 0
    try:
        async for piece in request.stream():  # request.body() would collect them
            total += len(piece)
    except ClientDisconnect:
        print(f"size: the client left after {total} bytes", flush=True)
    return PlainTextResponse(f"{total} bytes\n")


app = Starlette(
    routes=[
        Route("/ticks/{count:int}", ticks),
        Route("/flood", flood),
        Route("/size", size, methods=["POST", "PUT"]),
    ]
)
