#!/usr/bin/env python3
"""A bank that calls you: each payment is pushed to both sides by WebSocket, in the same moment.

    python3 live_balance_ws.py --db /tmp/bank.db --host '' --origin http://www.example.com:1060

A message from a client is a payment: {"account": …, "dollars": …, "memo": …}, as JSON.
"""

import argparse
import asyncio
import json
from collections import defaultdict
from contextlib import closing, suppress
from functools import partial

import bank
from websockets.asyncio.server import ServerConnection, basic_auth, broadcast, serve
from websockets.exceptions import ConnectionClosed

listeners: defaultdict[str, set[ServerConnection]] = defaultdict(set)


def balance(path: str, name: str) -> str:
    with closing(bank.open_database(path)) as db:
        payments = bank.get_payments_of(db, name)
    dollars = sum(p.dollars if p.credit == name else -p.dollars for p in payments)
    return json.dumps({"account": name, "balance": dollars})


def pay(path: str, name: str, message: str) -> str:
    """Do it, and return the account that gets the money; ValueError says what is wrong."""
    wish = json.loads(message)
    to, dollars, memo = (str(wish.get(n, "")) for n in ("account", "dollars", "memo"))
    if mistake := bank.mistake_in(to, dollars, memo):
        raise ValueError(mistake)
    with closing(bank.open_database(path)) as db, db:
        bank.add_payment(db, name, to, int(dollars), memo)
    return to


async def talk(socket: ServerConnection, path: str) -> None:
    name = socket.username
    listeners[name].add(socket)
    try:
        await socket.send(balance(path, name))
        async for message in socket:
            try:
                other = pay(path, name, str(message))
            except (ValueError, AttributeError) as error:  # no JSON, no object, not filled in
                await socket.send(json.dumps({"mistake": str(error)}))
                continue
            for account in {name, other}:
                broadcast(listeners[account], balance(path, account))
    except ConnectionClosed:
        pass  # that is how clients leave
    finally:
        listeners[name].discard(socket)


async def main(args: argparse.Namespace) -> None:
    login = basic_auth("bank", check_credentials=lambda n, p: bank.PASSWORDS.get(n) == p)
    # A page of another site may open a WebSocket to us. But it cannot lie about its origin.
    origins = [args.origin, None] if args.origin else [None]
    handler = partial(talk, path=args.db)
    async with serve(
        handler, args.host, args.port, process_request=login, origins=origins
    ) as server:
        print(f"Listening at {args.host or '*'} port {args.port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Push balances by WebSocket.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--origin", help="the site whose pages may come")
    with suppress(KeyboardInterrupt):
        asyncio.run(main(parser.parse_args()))
