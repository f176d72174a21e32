#!/usr/bin/env python3
"""gRPC, one question and many answers: the entries of an account, as they come.

python3 history.py www.example.com brandon
python3 history.py www.example.com brandon --follow -t 60
"""

import argparse
import sys
from contextlib import suppress

import bank_pb2 as pb
import bank_pb2_grpc
import grpc


def main(host: str, port: int, request: pb.HistoryRequest, seconds: float) -> None:
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        for entry in bank_pb2_grpc.BankStub(channel).History(request, timeout=seconds):
            print(f"{entry.cents / 100:8.2f} {entry.memo}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask for an account's entries with gRPC.")
    parser.add_argument("host", help="the server")
    parser.add_argument("account", help="whose money")
    parser.add_argument("--follow", action="store_true", help="wait for more")
    parser.add_argument("-p", metavar="PORT", type=int, default=50051, help="TCP port (50051)")
    parser.add_argument("-t", metavar="SECONDS", type=float, default=5, help="deadline (5)")
    args = parser.parse_args()
    ask = pb.HistoryRequest(account=args.account, follow=args.follow)
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.p, ask, args.t)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
