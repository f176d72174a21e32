#!/usr/bin/env python3
"""A site without passwords: another site, which it trusts, says who you are.

    CLIENT_SECRET=… python3 oidc_login.py https://mail.example.com:5443 \\
        --host '' --cert host.crt --key host.key
"""
# mypy: allow-untyped-decorators

import argparse
import os
import secrets
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for
from werkzeug.wrappers import Response

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
# Not Strict: the person comes back from another site, and must bring this cookie along.
app.config |= {"SESSION_COOKIE_NAME": "__Host-bank", "SESSION_COOKIE_SECURE": True}
app.config |= {"SESSION_COOKIE_SAMESITE": "Lax"}
oauth = OAuth(app)


@app.route("/")
def index() -> str:
    return f"Welcome, {session['name']}\n" if "name" in session else "I don't know you\n"


@app.route("/login")
def login() -> Response:
    back = url_for("callback", _external=True)
    answer: Response = oauth.provider.authorize_redirect(back)  # state, nonce, PKCE: its work
    return answer


@app.route("/callback")
def callback() -> Response | tuple[str, int]:
    try:
        token = oauth.provider.authorize_access_token()  # and here it checks all of them
    except OAuthError as error:
        return f"No: {error.error}\n", 403
    session["name"] = token["userinfo"]["sub"]
    return redirect("/")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A site that lets others check passwords.")
    parser.add_argument("issuer", help="the provider's URL")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5443, help="TCP port (5443)")
    parser.add_argument("--cert", required=True, help="certificate and chain, a file")
    parser.add_argument("--key", required=True, help="its private key, a file")
    args = parser.parse_args()
    if "CLIENT_SECRET" not in os.environ:
        sys.exit("CLIENT_SECRET is not in the environment")
    oauth.register(
        "provider",
        server_metadata_url=f"{args.issuer}/.well-known/openid-configuration",
        client_id="bank",
        client_secret=os.environ["CLIENT_SECRET"],
        client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
    )
    app.run(args.host or "0.0.0.0", args.port, ssl_context=(args.cert, args.key))
