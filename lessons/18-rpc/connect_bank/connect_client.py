#!/usr/bin/env python3
"""Ask the bank over Connect.

python3 -m connect_bank.connect_client http://www.example.com:8080 brandon
"""

import argparse
import sys
from contextlib import suppress

from connectrpc.errors import ConnectError

from .bank_connect import BankClientSync
from .bank_pb2 import BalanceRequest, HistoryRequest


def main(url: str, account: str, seconds: float, use_get: bool) -> None:
    with BankClientSync(url, timeout_ms=int(seconds * 1000)) as bank:
        reply = bank.balance(BalanceRequest(account=account), use_get=use_get)
        print(f"{reply.account}: {reply.cents / 100:.2f}")
        for entry in bank.history(HistoryRequest(account=account)):
            print(f"{entry.cents / 100:8.2f} {entry.memo}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask for a balance with Connect.")
    parser.add_argument("url", help="http://HOST:8080")
    parser.add_argument("account", help="whose money")
    parser.add_argument("-t", metavar="SECONDS", type=float, default=5, help="deadline (5)")
    parser.add_argument("--get", action="store_true", help="ask with GET")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.account, args.t, args.get)
        except ConnectError as error:
            sys.exit(f"{error.code.name}: {error.message}")
