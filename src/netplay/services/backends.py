"""nginx as a load balancer: the setting `backends`, a list of `NODE:PORT`.

Requests go to them in turn. One that cannot be reached is left alone for ten seconds, and the
request goes to the next: whoever asks does not notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.errors import suggestion
from netplay.names import forward_names
from netplay.services import setting
from netplay.services.service import Context

__all__ = ["location", "upstream"]


def upstream(context: Context) -> str:
    """The list of servers, which stands outside of all sites; empty without the setting."""
    lines = "".join(f"    server {server};\n" for server in _servers(context))
    return f"upstream backends {{\n{lines}}}\n" if lines else ""


def location(headers: str) -> str:
    """Where all requests of the site go."""
    body = f"    include {headers};\n    proxy_connect_timeout 1s;\n"
    return f"location / {{\n{body}    proxy_pass http://backends;\n}}\n"


def _servers(context: Context) -> Iterator[str]:
    """As addresses: when nginx starts, the lab's name server may not answer yet."""
    known = forward_names(context.topology)
    for backend in setting.texts(context, "backends"):
        name, _, port = backend.rpartition(":")
        if not port.isdecimal():
            raise setting.refused(context, "backends", f"'{backend}' is not as 'NODE:PORT'")
        addresses = known.get(name.lower())
        if not addresses:
            message = f"no node is called '{name}'{suggestion(name, known)}"
            raise setting.refused(context, "backends", message)
        address = str(addresses[0])
        yield f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
