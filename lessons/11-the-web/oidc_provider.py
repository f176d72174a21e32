#!/usr/bin/env python3
"""An OpenID provider: it knows people's passwords, so that other sites need not.

    CLIENT_SECRET=… python3 oidc_provider.py --host '' --cert server.pem

One site may use it: client "bank", to whose address --back people are sent back.
"""
# mypy: allow-untyped-decorators

import argparse
import hashlib
import hmac
import os
import secrets
import sys
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import bank
from flask import Flask, abort, redirect, render_template, request
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

app = Flask(__name__)
key = ECKey.generate_key("P-256", {"kid": "today", "use": "sig"})
tickets: dict[str, dict[str, str]] = {}  # codes that have not been redeemed yet


@app.get("/.well-known/openid-configuration")
def configuration() -> dict[str, Any]:
    """OpenID Connect Discovery §3: where everything is."""
    return {
        "issuer": (issuer := app.config["ISSUER"]),
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


@app.get("/keys")
def keys() -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False)]}


@app.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response | str:
    """The person is here. RFC 6749 §10.15: send nobody to an address that we do not know."""
    asked = request.args.to_dict()
    if asked.get("client_id") != "bank" or asked.get("redirect_uri") != app.config["BACK"]:
        abort(400)
    name = request.form.get("username", "")
    if not name or bank.PASSWORDS.get(name) != request.form.get("password"):
        return render_template("login.html", username=name, action=request.full_path)
    tickets[code := secrets.token_urlsafe()] = {"name": name, **asked}
    return redirect(f"{app.config['BACK']}?{urlencode({'code': code, 'state': asked['state']})}")


@app.post("/token")
def token() -> dict[str, Any]:
    """The site is here, not the person: it proves itself, and redeems the code, once."""
    who = request.authorization
    if not who or not hmac.compare_digest(who.password or "", app.config["SECRET"]):
        abort(401)
    asked = tickets.pop(request.form.get("code", ""), {})
    # RFC 7636 §4.6: only who began knows what this is the hash of.
    proof = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
    if urlsafe_b64encode(proof).rstrip(b"=").decode() != asked.get("code_challenge"):
        abort(400)
    claims = {"iss": app.config["ISSUER"], "aud": "bank", "iat": int(time.time())}
    claims |= {"exp": claims["iat"] + 60, "sub": asked["name"], "nonce": asked["nonce"]}
    signed = jwt.encode({"alg": "ES256", "kid": "today"}, claims, key)
    return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": signed}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An OpenID provider.")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5443, help="TCP port (5443)")
    parser.add_argument("--name", default="mail.example.com", help="what others call us")
    parser.add_argument("--back", default="https://www.example.com:5443/callback")
    parser.add_argument("--cert", required=True, help="key and certificate in one file")
    args = parser.parse_args()
    app.config |= {"ISSUER": f"https://{args.name}:{args.port}", "BACK": args.back}
    app.config["SECRET"] = os.environ.get("CLIENT_SECRET") or sys.exit("set CLIENT_SECRET")
    app.run(args.host or "0.0.0.0", args.port, ssl_context=(args.cert, args.cert))
