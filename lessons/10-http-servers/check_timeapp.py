#!/usr/bin/env python3
"""Put questions to a time service and compare the answers with what was agreed: a black-box test.

    python3 check_timeapp.py timeapp_raw:app              in this process, over WSGI
    python3 check_timeapp.py timeapp_asgi:app             in this process, over ASGI
    python3 check_timeapp.py http://www.example.com:8001  over a socket

It knows nothing of how the service is written, so one test serves for all.
"""

import argparse
import asyncio
import inspect
import re
import sys
from contextlib import suppress
from pkgutil import resolve_name

import httpx2

QUESTIONS = [  # method, Host, path, status
    ("POST", "127.0.0.1", "/", 501),
    ("HEAD", "127.0.0.1", "/", 501),
    ("POST", "localhost", "/foo", 501),  # the method counts first
    ("GET", "localhost", "/", 404),
    ("GET", "127.0.0.1", "/foo", 404),
    ("GET", "127.0.0.1", "/foo/", 404),
    ("GET", "127.0.0.1", "/", 200),
    ("GET", "127.0.0.1:8001", "/?abc=123", 200),
    ("GET", "[::1]", "/", 200),
    ("GET", "[::1]:8001", "/", 200),
]
TEXTS = {
    200: r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}",  # as in Sun Nov 29 16:22:17 2026
    404: "404 Not Found",
    501: "501 Not Implemented",
}


def is_asgi(app: object) -> bool:
    """ASGI's are coroutine functions, or objects that can be called like one."""
    call = app if inspect.isfunction(app) else getattr(app, "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(call)


async def answers(target: str) -> list[httpx2.Response]:
    url, transport = target.rstrip("/"), None  # None: the network
    if not url.startswith(("http://", "https://")):
        url, app = "http://127.0.0.1", resolve_name(target)
        transport = httpx2.ASGITransport(app) if is_asgi(app) else httpx2.WSGITransport(app)
    requests = [httpx2.Request(m, url + p, headers={"Host": h}) for m, h, p, _ in QUESTIONS]
    if isinstance(transport, httpx2.WSGITransport):
        with httpx2.Client(transport=transport) as client:
            return [client.send(request) for request in requests]
    async with httpx2.AsyncClient(transport=transport) as caller:
        return [await caller.send(request) for request in requests]


def mistake(answer: httpx2.Response, status: int) -> str:
    """What is wrong with an answer; nothing if it is as agreed."""
    if answer.status_code != status:
        return f"status is not {status}"
    if not answer.headers.get("Content-Type", "").startswith("text/"):
        return "this is no text"
    if answer.request.method == "HEAD" or re.fullmatch(TEXTS[status], answer.text):
        return ""
    return "this is another text"


def check(target: str) -> bool:
    good = 0
    got = asyncio.run(answers(target))
    for (method, host, path, status), answer in zip(QUESTIONS, got, strict=True):
        wrong, kind = mistake(answer, status), answer.headers.get("Content-Type", "-")
        line = f"{method:5}{host:15}{path:10}{answer.status_code} {kind:26}{wrong or answer.text}"
        print(line.rstrip())
        good += not wrong
    print(f"{good} of {len(QUESTIONS)} as agreed")
    return good == len(QUESTIONS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Test a time service from outside.")
    parser.add_argument("target", help="module:name of an application, or the URL of a server")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            sys.exit(0 if check(args.target) else 1)
        except (httpx2.TransportError, ImportError, AttributeError, ValueError) as error:
            sys.exit(f"{args.target}: {error}")
