#!/usr/bin/env python3
"""gRPC, one question and one answer: what is in an account?

python3 balance.py www.example.com brandon
"""

import argparse
import sys
from contextlib import suppress

import bank_pb2 as pb
import bank_pb2_grpc
import grpc


def main(host: str, port: int, account: str, seconds: float) -> None:
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        bank = bank_pb2_grpc.BankStub(channel)
        reply = bank.Balance(pb.BalanceRequest(account=account), timeout=seconds)
    print(f"{reply.account}: {reply.cents / 100:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask for a balance with gRPC.")
    parser.add_argument("host", help="the server")
    parser.add_argument("account", help="whose money")
    parser.add_argument("-p", metavar="PORT", type=int, default=50051, help="TCP port (50051)")
    parser.add_argument("-t", metavar="SECONDS", type=float, default=5, help="deadline (5)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.p, args.account, args.t)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
