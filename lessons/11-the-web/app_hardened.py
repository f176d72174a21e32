#!/usr/bin/env python3
"""The same site for 2026: hashed passwords, a stricter cookie, no tokens, a policy for scripts.

    python3 app_hardened.py --db /tmp/bank.db --host '' --cert host.crt --key host.key

With --no-escape the templates do not escape, to see what is left then.
"""
# mypy: allow-untyped-decorators

import argparse
import json
import os
import secrets
from contextlib import closing
from pathlib import Path

import argon2
import bank
import guards
from flask import Flask, flash, get_flashed_messages, redirect, render_template, request
from flask import session as cookie
from werkzeug.wrappers import Response

ACCOUNTS = json.loads(Path(__file__).with_name("accounts.json").read_text())
hasher = argon2.PasswordHasher()
NOBODY = hasher.hash(secrets.token_hex())  # so that unknown names take as long as known ones
app = Flask(__name__)
app.secret_key = os.environ.get("BANK_KEY") or secrets.token_bytes(32)
# __Host-: a browser takes it by https only, and from this very host, not from a neighbour.
app.config |= {"SESSION_COOKIE_NAME": "__Host-bank", "SESSION_COOKIE_SECURE": True}
app.config |= {"SESSION_COOKIE_SAMESITE": "Lax"}
guards.protect(app)


@app.before_request
def who() -> Response | None:
    known = "username" in cookie or request.path.startswith(("/login", "/static"))
    return None if known else redirect("/login")


@app.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    username, password = (request.form.get(name, "") for name in ("username", "password"))
    try:
        if password and hasher.verify(ACCOUNTS.get(username, NOBODY), password):
            cookie.clear()
            cookie["username"] = username
            return redirect("/")
    except argon2.exceptions.VerifyMismatchError:
        flash("That is not right")
    return render_template("login.html", username=username, messages=get_flashed_messages())


@app.post("/logout")
def logout() -> Response:
    cookie.clear()
    return redirect("/login")


@app.route("/")
def index() -> Response | str:
    with closing(bank.open_database(app.config["DB"])) as db:
        page = {"payments": bank.get_payments_of(db, cookie["username"]), **cookie}
    return render_template("index.html", messages=get_flashed_messages(), **page)


@app.route("/pay", methods=["GET", "POST"])
def pay() -> Response | str:
    form = {name: request.form.get(name, "").strip() for name in ("account", "dollars", "memo")}
    mistake = bank.mistake_in(**form) if request.method == "POST" else ""
    if request.method == "POST" and not mistake:
        with closing(bank.open_database(app.config["DB"])) as db, db:
            to, dollars, memo = form.values()
            bank.add_payment(db, cookie["username"], to, int(dollars), memo)
        flash("Payment successful")
        return redirect("/")
    return render_template("pay.html", messages=[mistake] if mistake else [], **form)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A payments site that expects the worst.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5443, help="TCP port (5443)")
    parser.add_argument("--cert", required=True, help="certificate and chain, a file")
    parser.add_argument("--key", required=True, help="its private key, a file")
    parser.add_argument("--no-escape", action="store_true", help="open holes 2 and 3 again")
    args = parser.parse_args()
    app.config["DB"], app.jinja_options = args.db, {"autoescape": not args.no_escape}
    app.run(args.host or "0.0.0.0", args.port, ssl_context=(args.cert, args.key))
