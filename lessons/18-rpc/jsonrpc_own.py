"""JSON-RPC 2.0, all of it, without a network: from a request's text to the reply's.

>>> answer('{"jsonrpc": "2.0", "method": "pow", "params": [2, 3], "id": 7}', {"pow": pow})
'{"jsonrpc": "2.0", "result": 8, "id": 7}'
"""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

Methods = Mapping[str, Callable[..., Any]]
TEXTS = {-32700: "Parse error", -32600: "Invalid Request", -32601: "Method not found"}
TEXTS |= {-32602: "Invalid params", -32000: "Server error"}


class Failed(Exception):
    """Its arguments are a number of TEXTS and, perhaps, more words on it."""

    def described(self) -> dict[str, Any]:
        code, *data = self.args
        return {"code": code, "message": TEXTS[code]} | ({"data": data[0]} if data else {})


def perform(name: str, params: Any, methods: Methods) -> Any:
    if name not in methods:
        raise Failed(-32601, name)
    words, named = (params, {}) if isinstance(params, list) else ([], params)
    try:
        inspect.signature(methods[name]).bind(*words, **named)
    except TypeError as error:
        raise Failed(-32602, str(error)) from error
    try:
        return methods[name](*words, **named)
    except Exception as error:  # whatever it is, the caller should hear of it
        raise Failed(-32000, f"{type(error).__name__}: {error}") from error


def reply(request: Any, methods: Methods) -> dict[str, Any] | None:
    match request:
        case {"jsonrpc": "2.0", "method": str(name), **rest} if isinstance(
            params := rest.get("params", []), list | dict
        ):
            try:
                outcome = {"result": perform(name, params, methods)}
            except Failed as failed:
                outcome = {"error": failed.described()}
        case _:
            request, outcome = {"id": None}, {"error": Failed(-32600).described()}
    # §4.1: without an id it is a notification, and nobody waits for a reply, good or bad.
    return {"jsonrpc": "2.0", **outcome, "id": request["id"]} if "id" in request else None


def answer(text: str | bytes, methods: Methods) -> str | None:
    """What to send back, if anything."""
    replies: Any
    try:
        requests = json.loads(text)
    except (ValueError, RecursionError):
        replies = {"jsonrpc": "2.0", "error": Failed(-32700).described(), "id": None}
    else:
        if isinstance(requests, list) and requests:  # §6: a batch
            replies = [one for request in requests if (one := reply(request, methods))]
        else:
            replies = reply(requests, methods)
    return json.dumps(replies) if replies else None
