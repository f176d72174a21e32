#!/usr/bin/env python3
"""The same site with the four holes closed: signed cookie, escaping, kept messages, a token.

    python3 app_improved.py --db /tmp/bank.db --host ''

The key that signs is in the environment variable BANK_KEY; without one, each start makes its own.
"""
# mypy: allow-untyped-decorators

import argparse
import hmac
import os
import secrets
from contextlib import closing

import bank
from flask import Flask, abort, flash, get_flashed_messages, redirect, render_template, request
from flask import session as cookie  # signed by us: it can be read, but not changed or made
from werkzeug.wrappers import Response

app = Flask(__name__)  # cure 2 and 3: Flask's templates escape what they are given
app.secret_key = os.environ.get("BANK_KEY") or secrets.token_bytes(32)
app.config |= {"DB": "bank.db", "SESSION_COOKIE_SAMESITE": "Lax"}
OWN = ("/login", "/static")


@app.before_request
def who() -> Response | None:
    """Those who are logged in may go on; a form of theirs must be one of ours."""
    if request.path.startswith(OWN):
        return None
    if "username" not in cookie:
        return redirect("/login")
    if request.method == "POST":  # cure 4: only our own pages know the token
        ours, theirs = cookie.get("csrf_token", ""), request.form.get("csrf_token", "")
        if not ours or not hmac.compare_digest(ours.encode(), theirs.encode()):
            abort(403)
    return None


@app.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    username = request.form.get("username", "")
    password = request.form.get("password", "")
    if username and bank.PASSWORDS.get(username) == password:
        cookie.clear()
        cookie["username"] = username  # cure 1
        cookie["csrf_token"] = secrets.token_urlsafe()
        return redirect("/")
    return render_template("login.html", username=username)


@app.post("/logout")
def logout() -> Response:
    cookie.clear()
    return redirect("/login")


@app.route("/")
def index() -> Response | str:
    with closing(bank.open_database(app.config["DB"])) as db:
        payments = bank.get_payments_of(db, cookie["username"])
    return render_template(
        "index.html", payments=payments, messages=get_flashed_messages(), **cookie
    )


@app.route("/pay", methods=["GET", "POST"])
def pay() -> Response | str:
    form = {name: request.form.get(name, "").strip() for name in ("account", "dollars", "memo")}
    if request.method == "POST":
        mistake = bank.mistake_in(**form)
        if not mistake:
            with closing(bank.open_database(app.config["DB"])) as db, db:
                to, dollars, memo = form.values()
                bank.add_payment(db, cookie["username"], to, int(dollars), memo)
            flash("Payment successful")  # travels in the signed cookie, not in the address
            return redirect("/")
        flash(mistake)
    return render_template("pay2.html", messages=get_flashed_messages(), **form, **cookie)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A payments site with the four holes closed.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5000, help="TCP port (5000)")
    args = parser.parse_args()
    app.config["DB"] = args.db
    app.run(args.host or "0.0.0.0", args.port)
