#!/usr/bin/env python3
"""Log in without a password: the server keeps public keys, and nothing that is worth stealing.

    python3 passkey_login.py --host '' --cert host.crt --key host.key

Then passkey_device.py, or a browser at https://www.example.com:5443/. Keys are kept in memory.
"""
# mypy: allow-untyped-decorators

import argparse
import secrets
from typing import Any

import guards
import webauthn
from flask import Flask, render_template, request, session
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor as Descriptor

app = Flask(__name__)
app.config |= {"SECRET_KEY": secrets.token_bytes(32), "SESSION_COOKIE_SECURE": True}
guards.protect(app)
app.add_url_rule("/", view_func=lambda: render_template("passkey.html"))
app.register_error_handler(WebAuthnException, lambda error: ({"message": str(error)}, 403))
keys: dict[str, Any] = {}  # what we know of each user: a public key
asked: dict[str, tuple[str, bytes]] = {}  # questions that wait: for whom, the challenge


def ask(name: str, options: Any) -> tuple[str, dict[str, str]]:
    session["question"] = secrets.token_urlsafe()
    asked[session["question"]] = name, options.challenge
    return webauthn.options_to_json(options), {"Content-Type": "application/json"}


def answered() -> tuple[str, dict[str, Any]]:
    """Who answers, and what must fit. A question can be answered once."""
    name, challenge = asked.pop(session.pop("question", ""), ("", b""))
    if not name:
        raise WebAuthnException("Nobody has asked you")
    where = {"expected_rp_id": app.config["NAME"], "expected_origin": app.config["ORIGIN"]}
    return name, {"credential": request.get_json(), "expected_challenge": challenge, **where}


@app.post("/register/begin")
def register_begin() -> Any:
    name = request.get_json()["name"]
    if name in keys:
        raise WebAuthnException("This name is taken")
    site = {"rp_id": app.config["NAME"], "rp_name": "Bank"}
    return ask(name, webauthn.generate_registration_options(**site, user_name=name))


@app.post("/register/finish")
def register_finish() -> dict[str, str]:
    name, answer = answered()
    keys.setdefault(name, webauthn.verify_registration_response(**answer))
    return {"message": f"{name} has a passkey"}


@app.post("/login/begin")
def login_begin() -> Any:
    name = request.get_json()["name"]
    if name not in keys:
        raise WebAuthnException("Nobody has this name")
    known = [Descriptor(keys[name].credential_id)]
    site = {"rp_id": app.config["NAME"], "allow_credentials": known}
    return ask(name, webauthn.generate_authentication_options(**site))


@app.post("/login/finish")
def login_finish() -> dict[str, str]:
    name, answer = answered()
    answer["credential_public_key"] = keys[name].credential_public_key
    answer["credential_current_sign_count"] = keys[name].sign_count
    # Challenge, origin and the site's name must be ours, and the signature the key's.
    keys[name].sign_count = webauthn.verify_authentication_response(**answer).new_sign_count
    session["username"] = name
    return {"message": f"Welcome, {name}"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A site with passkeys.")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5443, help="TCP port (5443)")
    parser.add_argument("--name", default="www.example.com", help="what browsers call us")
    parser.add_argument("--cert", required=True, help="certificate and chain, a file")
    parser.add_argument("--key", required=True, help="its private key, a file")
    args = parser.parse_args()
    app.config |= {"NAME": args.name, "ORIGIN": f"https://{args.name}:{args.port}"}
    app.run(args.host or "0.0.0.0", args.port, ssl_context=(args.cert, args.key))
