#!/usr/bin/env python3
"""Half of the bank of bank.proto, for clients of Connect, of gRPC, and for curl.

    python3 -m connect_bank.connect_server

To be run beside the folder connect_bank, with the modules made from bank.proto in it.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.request import RequestContext
from hypercorn.asyncio import serve
from hypercorn.config import Config

from .bank_connect import Bank, BankASGIApplication
from .bank_pb2 import BalanceReply, BalanceRequest, Entry, HistoryRequest

ENTRIES = {"brandon": [("Salary", 20_000), ("Tea", -1_250)]}


class HalfBank(Bank):  # type: ignore[misc]
    def find(self, account: str) -> list[tuple[str, int]]:
        if account not in ENTRIES:
            raise ConnectError(Code.NOT_FOUND, f"no account {account!r}")
        return ENTRIES[account]

    async def balance(
        self, request: BalanceRequest, ctx: RequestContext[BalanceRequest, BalanceReply]
    ) -> BalanceReply:
        print("Balance, asked with", ctx.http_method, flush=True)
        cents = sum(cents for _, cents in self.find(request.account))
        return BalanceReply(account=request.account, cents=cents)

    async def history(
        self, request: HistoryRequest, ctx: RequestContext[HistoryRequest, Entry]
    ) -> AsyncIterator[Entry]:
        for memo, cents in self.find(request.account):
            yield Entry(account=request.account, cents=cents, memo=memo)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Half a bank, served with Connect.")
    parser.add_argument("-p", metavar="PORT", type=int, default=8080, help="TCP port (8080)")
    args = parser.parse_args()
    config = Config()  # Hypercorn speaks HTTP/1.1 and HTTP/2, also without TLS
    config.bind, config.loglevel = [f"0.0.0.0:{args.p}"], "WARNING"
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(BankASGIApplication(HalfBank()), config))
        except (OSError, OverflowError) as error:
            sys.exit(f"port {args.p}: {error}")
