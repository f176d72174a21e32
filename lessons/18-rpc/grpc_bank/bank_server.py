#!/usr/bin/env python3
"""The bank of bank.proto, served with gRPC.

    python3 bank_server.py

bank_pb2 and bank_pb2_grpc are made from bank.proto; stubs.sh makes them.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import bank_pb2 as pb
import bank_pb2_grpc
import grpc


class Bank(bank_pb2_grpc.BankServicer):  # type: ignore[misc]
    def __init__(self) -> None:
        self.entries = {"brandon": [pb.Entry(account="brandon", cents=20_000, memo="Salary")]}
        self.news = asyncio.Condition()

    def total(self, account: str) -> int:
        return sum(entry.cents for entry in self.entries[account])

    async def check(self, account: str, context: grpc.aio.ServicerContext) -> None:
        if account not in self.entries:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no account {account!r}")

    async def Balance(  # noqa: N802  (the names are those of the .proto)
        self, request: pb.BalanceRequest, context: grpc.aio.ServicerContext
    ) -> pb.BalanceReply:
        await self.check(request.account, context)
        return pb.BalanceReply(account=request.account, cents=self.total(request.account))

    async def History(  # noqa: N802
        self, request: pb.HistoryRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.Entry]:
        await self.check(request.account, context)
        entries, sent = self.entries[request.account], 0
        while True:
            for entry in entries[sent:]:
                yield entry
                sent += 1
            if not request.follow:
                return
            async with self.news:
                while len(entries) == sent:
                    await self.news.wait()

    async def Pay(  # noqa: N802
        self, requests: AsyncIterator[pb.Entry], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.BalanceReply]:
        async for entry in requests:
            await self.check(entry.account, context)
            total = self.total(entry.account) + entry.cents
            if total < 0:
                why = f"{-total} cents are missing for {entry.memo!r}"
                await context.abort(grpc.StatusCode.FAILED_PRECONDITION, why)
            async with self.news:
                self.entries[entry.account].append(entry)
                self.news.notify_all()
            yield pb.BalanceReply(account=entry.account, cents=total)


async def main(port: int) -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    bank_pb2_grpc.add_BankServicer_to_server(Bank(), server)
    server.add_insecure_port(f"[::]:{port}")
    await server.start()
    print("The bank is open", flush=True)
    try:
        await server.wait_for_termination()
    finally:
        await server.stop(grace=None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A bank, served with gRPC.")
    parser.add_argument("-p", metavar="PORT", type=int, default=50051, help="TCP port (50051)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.p))
        except RuntimeError as error:
            sys.exit(f"port {args.p}: {error}")
