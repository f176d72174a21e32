#!/usr/bin/env python3
"""gRPC, questions and answers in both directions over one call: pay, and see what is left.

python3 pay.py www.example.com brandon 12.50 Tea  80 Bicycle
"""

import argparse
import sys
from contextlib import suppress
from decimal import Decimal, InvalidOperation

import bank_pb2 as pb
import bank_pb2_grpc
import grpc


def payment(account: str, amount: str, memo: str) -> pb.Entry:
    return pb.Entry(account=account, cents=-int(Decimal(amount) * 100), memo=memo)


def main(host: str, port: int, payments: list[pb.Entry]) -> None:
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        # An iterator in, an iterator out; a thread of gRPC's sends while we read.
        for reply in bank_pb2_grpc.BankStub(channel).Pay(iter(payments), timeout=10):
            print(f"left: {reply.cents / 100:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Pay with gRPC.")
    parser.add_argument("host", help="the server")
    parser.add_argument("account", help="whose money")
    parser.add_argument("words", nargs="+", metavar="AMOUNT MEMO", help="what to pay, for what")
    parser.add_argument("-p", metavar="PORT", type=int, default=50051, help="TCP port (50051)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            pairs = zip(args.words[::2], args.words[1::2], strict=True)
            main(args.host, args.p, [payment(args.account, *pair) for pair in pairs])
        except (ValueError, InvalidOperation):
            parser.error("amounts and memos come in pairs: 12.50 Tea")
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
