#!/usr/bin/env python3
"""A typed web interface that describes itself: FastAPI writes /openapi.json from the types.

python3 openapi_server.py
"""

import argparse
from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Bank", version="1")
accounts = {"brandon": 20_000}


class Payment(BaseModel):  # type: ignore[misc]
    cents: Annotated[int, Field(gt=0)]
    memo: str


class Balance(BaseModel):  # type: ignore[misc]
    account: str
    cents: int


@app.get("/accounts/{account}", operation_id="balance")  # type: ignore[untyped-decorator]
def balance(account: str) -> Balance:
    """What is in the account."""
    if account not in accounts:
        raise HTTPException(404, f"no account {account!r}")
    return Balance(account=account, cents=accounts[account])


@app.post("/accounts/{account}/payments", operation_id="pay")  # type: ignore[untyped-decorator]
def pay(account: str, payment: Payment) -> Balance:
    """Take money out of the account."""
    before = balance(account)
    if before.cents < payment.cents:
        raise HTTPException(409, f"too little money for {payment.memo!r}")
    accounts[account] -= payment.cents
    return Balance(account=account, cents=accounts[account])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A bank that describes itself.")
    parser.add_argument("-p", metavar="PORT", type=int, default=8000, help="TCP port (8000)")
    args = parser.parse_args()
    uvicorn.run(app, host="0.0.0.0", port=args.p, log_level="warning")
