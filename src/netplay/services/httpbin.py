"""httpbin: an HTTP server that tells its clients what they sent.

It is a Flask application in gunicorn. The listening socket is made before the application is
imported (no ``--preload``), so that the first caller waits for the answer in the queue of
that socket instead of being turned away by nginx.
"""

from __future__ import annotations

from pathlib import Path

from netplay.services import probes, upstream
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

_CONFIG = "/etc/httpbin/gunicorn.conf.py"
_SOURCE = Path(__file__).with_name("data") / "gunicorn_conf.py"


def _argv(_: Context) -> tuple[str, ...]:
    return ("/opt/netplay/bin/gunicorn", "--config", _CONFIG, "httpbin:app")


def _files(context: Context) -> tuple[File, ...]:
    return (
        upstream.folder(context, upstream.HTTPBIN),
        File(path=_CONFIG, content=_SOURCE.read_text("utf-8")),
    )


def _probes(context: Context) -> tuple[Probe, ...]:
    return (probes.http_get(80, context.node.hostname, "/get"),)


SERVICE = Service(
    name="httpbin",
    title="httpbin, answers that repeat the request",
    argv=_argv,
    files=_files,
    probes=_probes,
    user=upstream.USER,
)
