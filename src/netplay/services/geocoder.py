"""The lab's own map service: Nominatim's search interface over a small gazetteer.

Chapter 1 asks a geocoder for one address at four depths of the network stack. The public ones
want a key or patience and are out of reach of a lab; this one is a page of standard
library (``data/geocoder.py``), which runs on the node.
"""

from __future__ import annotations

from pathlib import Path

from netplay.services import probes, upstream
from netplay.services.nginx import names_on
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

_PROGRAM = "/usr/local/lib/netplay/geocoder.py"
_SOURCE = Path(__file__).with_name("data") / "geocoder.py"


def _argv(_: Context) -> tuple[str, ...]:
    # -I: no folder of the node may slip a module of its own under the imports.
    return ("/opt/netplay/bin/python", "-I", _PROGRAM, upstream.GEOCODER)


def _files(context: Context) -> tuple[File, ...]:
    return (
        upstream.folder(context, upstream.GEOCODER),
        File(path=_PROGRAM, content=_SOURCE.read_text("utf-8")),
    )


def _probes(context: Context) -> tuple[Probe, ...]:
    return (probes.http_get(80, names_on(context, "maps")[0], "/status"),)


SERVICE = Service(
    name="geocoder",
    title="geocoder, places to coordinates (maps.…)",
    argv=_argv,
    files=_files,
    probes=_probes,
    user=upstream.USER,
)
