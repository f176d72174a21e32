"""Programs that answer HTTP behind nginx, on Unix sockets that no port scan sees."""

from __future__ import annotations

from netplay.errors import Problem, TopologyError
from netplay.services.service import Context, File

__all__ = ["GEOCODER", "HTTPBIN", "USER", "folder"]

HTTPBIN = "/run/httpbin/http.sock"
GEOCODER = "/run/geocoder/http.sock"
# nginx's workers are this user too, and so may connect.
USER = "www-data"


def folder(context: Context, socket: str) -> File:
    """The folder for *socket*; a TopologyError where there is no nginx to connect to it."""
    if not context.node.runs("nginx"):
        where = f"nodes.{context.node.name}.services"
        message = f"{context.use.name} answers only through nginx; add nginx to this node"
        raise TopologyError([Problem(where, message)])
    return File(path=socket.rpartition("/")[0], mode=0o755, owner=USER, group=USER)
