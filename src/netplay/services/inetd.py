"""inetd, the super-server: it listens for others and starts them when somebody comes.

It is configured for one service, Telnet, and is there to be given more: a learner adds a line
to /etc/inetd.conf, and `pkill -HUP inetd` makes it known.

It is OpenBSD's, not the one that comes with telnetd in Debian: GNU inetutils 2.6 sleeps a whole
second whenever a server that it started has ended, and shows IPv4 clients to a
server as ``::ffff:10.25.1.65``.
"""

from __future__ import annotations

from netplay.services import probes
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

# telnetd -h: no kernel version before the login prompt, so that transcripts are the same on
# every computer.
CONFIG = """\
# inetd.conf(5): which program is started when somebody connects. After a change: pkill -HUP inetd
# A service is a name in /etc/services or a port; tcp is IPv4 and IPv6, tcp4 and tcp6 are one.
# 1060 stream tcp nowait brandon /usr/bin/python3 python3 /in_zen1.py
#
# service  socket  protocol  wait    user  program            arguments
telnet     stream  tcp       nowait  root  /usr/sbin/telnetd  telnetd -h
"""


def _files(_: Context) -> tuple[File, ...]:
    return (File(path="/etc/inetd.conf", content=CONFIG),)


def _argv(_: Context) -> tuple[str, ...]:
    # inetd(8): -i stays in the foreground. -R: the default of 256 starts a minute, beyond
    # which a service is shut for ten minutes, is reached by one loop in a lesson.
    return ("/usr/sbin/inetd", "-i", "-R", "1000000", "/etc/inetd.conf")


def _probes(_: Context) -> tuple[Probe, ...]:
    return (probes.banner(23, probes.TELNET, "Telnet options"),)


SERVICE = Service(
    name="inetd",
    title="inetd: telnet, and what is added",
    ports=("23/tcp",),
    packages=("openbsd-inetd", "inetutils-telnetd", "login"),
    argv=_argv,
    files=_files,
    probes=_probes,
)
