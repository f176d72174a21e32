"""Guards for any Flask site: forms from other sites are turned away, scripts from others don't run.

    app = Flask(__name__)
    guards.protect(app)

Templates get `nonce`: a script that is ours says <script nonce="{{ nonce }}">.
"""

import secrets

from flask import Flask, Response, abort, g, request

POLICY = {
    "default-src": "'none'",  # what is not named below, no page may do
    "style-src": "'self'",
    "script-src": "'nonce-{nonce}'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer", our own forms say "Origin: null"
    "Cache-Control": "no-store",
}


def is_ours(method: str, site: str | None, origin: str | None, own: str) -> bool:
    """Whether a request comes from the site itself; *site* and *origin* are what it says.

    Browsers send both with a form, and no page can make them lie. Who sends neither is no
    browser, and has nobody's cookies. A GET changes nothing, so it may come from anywhere.
    """
    if method in ("GET", "HEAD"):
        return True
    return site in ("same-origin", None) and origin in (own, None)


def turn_away() -> None:
    g.nonce = secrets.token_urlsafe()
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if not is_ours(request.method, site, origin, request.host_url.rstrip("/")):
        abort(403)


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value.format(nonce=g.nonce)
    return response


def protect(app: Flask) -> None:
    app.before_request(turn_away)
    app.after_request(add_headers)
    app.context_processor(lambda: {"nonce": g.nonce})
