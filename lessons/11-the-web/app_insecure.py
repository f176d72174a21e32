#!/usr/bin/env python3
"""A web site for paying people, with four holes that you can drive a lorry through.

    python3 app_insecure.py --db /tmp/bank.db --host ''

Then open http://localhost:5000/ as brandon, password atigdng, or sam, password xyzzy.
"""
# mypy: allow-untyped-decorators

import argparse
from contextlib import closing

import bank
from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response

app = Flask(__name__)
app.jinja_options = {"autoescape": False}  # hole 2 and 3: what people write becomes HTML


@app.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    username = request.form.get("username", "")
    password = request.form.get("password", "")
    if username and bank.PASSWORDS.get(username) == password:
        response = redirect("/")
        response.set_cookie("username", username)  # hole 1: anybody can write this on a cookie
        return response
    return render_template("login.html", username=username)


@app.route("/logout", methods=["GET", "POST"])
def logout() -> Response:
    response = redirect("/login")
    response.delete_cookie("username")
    return response


@app.route("/")
def index() -> Response | str:
    username = request.cookies.get("username")
    if not username:
        return redirect("/login")
    with closing(bank.open_database(app.config["DB"])) as db:
        payments = bank.get_payments_of(db, username)
    messages = request.args.getlist("flash")
    return render_template("index.html", username=username, payments=payments, messages=messages)


@app.route("/pay", methods=["GET", "POST"])
def pay() -> Response | str:
    username = request.cookies.get("username")
    if not username:
        return redirect("/login")
    form = {name: request.form.get(name, "").strip() for name in ("account", "dollars", "memo")}
    messages = []
    if request.method == "POST":  # hole 4: from whose page?
        mistake = bank.mistake_in(**form)
        if not mistake:
            with closing(bank.open_database(app.config["DB"])) as db, db:
                to, dollars, memo = form.values()
                bank.add_payment(db, username, to, int(dollars), memo)
            return redirect("/?flash=Payment+successful")
        messages.append(mistake)
    return render_template("pay.html", messages=messages, **form)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A payments site that nobody should use.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5000, help="TCP port (5000)")
    args = parser.parse_args()
    app.config["DB"] = args.db
    app.run(args.host or "0.0.0.0", args.port)
