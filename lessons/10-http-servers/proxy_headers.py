#!/usr/bin/env python3
"""Who is calling? Behind a proxy there are three answers, and only one of them can be trusted.

    python3 proxy_headers.py              on www, at port 8009
    nginx -c $PWD/proxy.conf              on www: passes port 8080 on to it
    curl http://www.example.com:8080/     on h1

An address is believed only if a proxy wrote it whose own address is one of --trust.
"""

import argparse
import re
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

FORWARDED_FOR = re.compile(r'(?:^|[;,\s])for=(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def forwarded(value: str) -> list[str]:
    """The addresses in a Forwarded header (RFC 7239 §4): for="[2001:db8::1]";proto=http, ..."""
    return [quoted or plain for quoted, plain in FORWARDED_FOR.findall(value)]


def naive(headers: dict[str, str], peer: str) -> str:
    """What half of the Internet's advice says: the first address is the client's."""
    return headers.get("x-forwarded-for", peer).partition(",")[0]


async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    peer, _ = scope["peer"]
    lines = [
        f"TCP's other end   {peer}",
        f"X-Forwarded-For   {headers.get('x-forwarded-for', '-')}",
        f"Forwarded         {', '.join(forwarded(headers.get('forwarded', ''))) or '-'}",
        f"read naively      {naive(headers, peer)}",
        f"read with care    {scope['client'][0]}, by {scope['scheme']}\n",
    ]
    text = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": text})
    await send({"type": "http.response.body", "body": "\n".join(lines).encode()})


def application(trusted: str) -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
    """The middleware overwrites client and scheme, if the caller is one of the *trusted*."""
    careful = ProxyHeadersMiddleware(answer, trusted_hosts=trusted)

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await careful(scope | {"peer": scope["client"]}, receive, send)

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tell callers who they seem to be.")
    parser.add_argument("-p", "--port", type=int, default=8009, help="TCP port (8009)")
    parser.add_argument("--trust", metavar="ADDRESSES", default="127.0.0.1", help="(127.0.0.1)")
    args = parser.parse_args()
    uvicorn.run(
        application(args.trust),
        host="0.0.0.0",
        port=args.port,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # uvicorn would wrap the middleware round the application by itself
    )
