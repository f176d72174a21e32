"""inetd: telnet, and room for more."""

from __future__ import annotations

from netplay.services import inetd
from tests.services.contexts import by_path, context, text


def rows() -> list[list[str]]:
    config = text(by_path(inetd.SERVICE.files(context("ftp", "inetd")))["/etc/inetd.conf"])
    assert config.endswith("\n"), "the next line is appended by a learner"
    return [line.split() for line in config.splitlines() if not line.startswith("#")]


def test_telnet_is_the_only_service_and_speaks_both_families() -> None:
    # inetd.conf(5): service, socket, protocol, wait, user, program, arguments.
    assert rows() == [
        ["telnet", "stream", "tcp", "nowait", "root", "/usr/sbin/telnetd", "telnetd", "-h"]
    ]


def test_inetd_stays_in_the_foreground_and_never_shuts_a_busy_service() -> None:
    argv = inetd.SERVICE.argv(context("ftp", "inetd"))
    assert argv[:2] == ("/usr/sbin/inetd", "-i")
    assert int(argv[argv.index("-R") + 1]) >= 100_000
    assert argv[-1] == "/etc/inetd.conf"


def test_it_is_the_inetd_that_does_not_sleep() -> None:
    assert "openbsd-inetd" in inetd.SERVICE.packages
    assert "inetutils-inetd" not in inetd.SERVICE.packages


def test_it_is_ready_when_telnetd_negotiates() -> None:
    [probe] = inetd.SERVICE.probes(context("ftp", "inetd"))
    assert (probe.port, probe.send) == (23, b"")
