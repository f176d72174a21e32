#!/usr/bin/env python3
"""The same news by Server-Sent Events: one answer of HTTP that never ends.

    python3 live_balance_sse.py --db /tmp/bank.db --host ''

GET /payments is the stream, POST /pay with JSON is a payment; both want a login (Basic).
"""

import argparse
import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import closing, suppress

import bank
import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

changed = asyncio.Condition()


def user(request: Request) -> str:
    """Who it is (RFC 7617), or 401."""
    with suppress(ValueError, binascii.Error):
        secret = request.headers.get("Authorization", "").removeprefix("Basic ")
        name, _, password = base64.b64decode(secret).decode().partition(":")
        if name and bank.PASSWORDS.get(name) == password:
            return name
    raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="bank"'})


async def stream(path: str, name: str, last: int) -> AsyncIterator[ServerSentEvent]:
    """All payments after number *last*, and then each new one as it is made."""
    while True:
        async with changed:
            with closing(bank.open_database(path)) as db:
                new = [p for p in bank.get_payments_of(db, name) if p.id > last]
            if not new:
                await changed.wait()
        for payment in new:
            last = payment.id
            text = f"${payment.dollars} from {payment.debit} to {payment.credit}: {payment.memo}"
            yield ServerSentEvent(text, event="payment", id=str(last))


async def payments(request: Request) -> EventSourceResponse:
    # A client that was cut off says what it has seen, and misses nothing.
    last = request.headers.get("Last-Event-ID", "0")
    number = int(last) if last.isascii() and last.isdigit() else 0
    return EventSourceResponse(stream(request.app.state.db, user(request), number))


async def pay(request: Request) -> PlainTextResponse:
    name, wish = user(request), await request.json()
    to, dollars, memo = (str(wish.get(n, "")) for n in ("account", "dollars", "memo"))
    if mistake := bank.mistake_in(to, dollars, memo):
        raise HTTPException(400, mistake)
    async with changed:
        with closing(bank.open_database(request.app.state.db)) as db, db:
            bank.add_payment(db, name, to, int(dollars), memo)
        changed.notify_all()
    return PlainTextResponse("Payment successful\n")


app = Starlette(routes=[Route("/payments", payments), Route("/pay", pay, methods=["POST"])])

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Push payments by Server-Sent Events.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    app.state.db = args.db
    with suppress(KeyboardInterrupt):
        uvicorn.run(app, host=args.host, port=args.port, log_level="critical")
