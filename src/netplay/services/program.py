"""program: a program of one's own as a service, for all that needs no module of its own.

    services:
      - program: {argv: [/usr/bin/python3, /example/app.py], user: www-data, http: 8000}

It must stay in the foreground. With `http` it is ready when a GET of / on that port is answered;
without, as soon as it has been started. Its files come by the node's `binds`.
"""

from __future__ import annotations

from netplay.services import probes, setting
from netplay.services.service import Context, Probe, Service

__all__ = ["SERVICE"]


def _argv(context: Context) -> tuple[str, ...]:
    words = setting.texts(context, "argv")
    if not words or not words[0].startswith("/"):
        message = "a program by its whole path is wanted here, as in '[/usr/bin/python3, x.py]'"
        raise setting.refused(context, "argv", message)
    user = setting.text(context, "user", "root")
    return words if user == "root" else ("/usr/sbin/runuser", "-u", user, "--", *words)


def _probes(context: Context) -> tuple[Probe, ...]:
    port = setting.number(context, "http")
    return () if port is None else (probes.http_get(port, context.node.hostname),)


SERVICE = Service(
    name="program",
    title="a program of one's own",
    argv=_argv,
    probes=_probes,
    # What it prints is in the log at once.
    environment={"PYTHONUNBUFFERED": "1"},
    settings=("argv", "user", "http"),
)
