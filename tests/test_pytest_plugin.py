"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ("pytester",)
lab_test = pytest.mark.lab


@lab_test
def test_a_test_gets_two_hosts_on_a_cable(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_they_talk(lab):
            with lab["b"]:
                server = socket.create_server(("b", 9000))
            with lab["a"]:
                client = socket.create_connection(("b", 9000), timeout=5)
            peer, address = server.accept()
            assert address[0] == "10.0.0.1"
            for s in (server, client, peer):
                s.close()
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


@lab_test
def test_the_marker_takes_a_file_beside_the_test_and_python(pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".clab.yml",
        net="""
        name: net
        topology:
          nodes: {x: {kind: linux}, y: {kind: linux}}
          links: [{endpoints: ["x:eth1", "y:eth1"]}]
        """,
    )
    pytester.makepyfile(
        """
        import pytest
        from netplay import Network

        def three():
            network = Network("three")
            for name in "pqr":
                network.host(name)
            network.link("p", "q")
            network.link("q", "r")
            return network

        @pytest.mark.topology("net.clab.yml")
        def test_file(lab):
            assert [node.name for node in lab] == ["x", "y"]

        @pytest.mark.topology(source=three)
        def test_python(lab):
            assert [node.name for node in lab] == ["p", "q", "r"]

        @pytest.mark.topology(3)
        def test_wrong(lab):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*topology(3)*: give a file, a Topology, a Network*"])


@lab_test
def test_a_failure_tells_sockets_seed_and_how_to_repeat(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_wrong_port(lab):
            with lab["b"]:
                server = socket.create_server(("b", 9000))
            with lab["a"]:
                socket.create_connection(("b", 9001), timeout=5)
        """
    )
    result = pytester.runpytest_subprocess("-q", "--netplay-seed=77")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ConnectionRefusedError*",
            "*netplay: who listens where*",
            "b: 10.0.0.2 port 9000/tcp",
            "*netplay: once more*",
            "*::test_wrong_port' --netplay-seed=77",
        ]
    )


def test_where_labs_cannot_start_tests_are_skipped_and_in_ci_they_fail(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest(
        """
        import pytest
        from netplay import HostError, Lab

        @pytest.fixture(autouse=True)
        def broken(monkeypatch):
            def refuse(self, **options):
                raise HostError("user namespaces are forbidden here")
            monkeypatch.setattr(Lab, "up", refuse)
        """
    )
    pytester.makepyfile("def test_it(lab): pass")
    monkeypatch.delenv("CI", raising=False)
    result = pytester.runpytest_subprocess("-q", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*this computer cannot start labs: user namespaces*"])
    monkeypatch.setenv("CI", "true")
    pytester.runpytest_subprocess("-q").assert_outcomes(errors=1)


@lab_test
def test_two_workers_have_labs_of_their_own(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(4))
        def test_one(lab, n):
            assert [s for s in lab["a"].listening()] == []
            lab["a"].socket().close()
        """
    )
    pytester.runpytest_subprocess("-q", "-n2").assert_outcomes(passed=4)


def test_the_plugin_imports_nothing_of_netplay_until_it_is_used() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import netplay.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "['netplay', 'netplay.pytest_plugin']"


WRONG = """
    import socket

    def test_wrong_port(lab):
        with lab["a"]:
            socket.create_connection(("10.0.0.2", 9001), timeout=5)

    def test_right(lab):
        lab["a"].run("ping", "-c2", "-i0.01", "10.0.0.2", check=True)
        assert lab.seen("icmp") == 4
"""


@lab_test
def test_a_failure_shows_the_last_packets_and_keeps_all(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG)
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*netplay: the last packets*",
            "*ms  a  *  b*",
            "*SYN seq 0 a:* > b:9001*",
            "*RST, ACK*refused*",
            "*netplay: all packets*",
            "*.pytest_cache*netplay*test_wrong_port.pcapng",
        ]
    )
    (kept,) = (pytester.path / ".pytest_cache").rglob("*.pcapng")
    assert kept.stat().st_size > 500


@lab_test
def test_of_many_packets_the_last_are_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_many(lab):
            lab["a"].run("ping", "-c60", "-i0.002", "10.0.0.2", check=True)
            assert False
        """
    )
    lines = pytester.runpytest_subprocess("-q").stdout.lines
    assert sum("echo re" in line for line in lines) <= 40
    assert any("seq 60" in line for line in lines)
    assert not any("seq 1 " in line for line in lines)


@lab_test
@pytest.mark.parametrize(("mode", "files"), [("all", 2), ("off", 0)])
def test_packets_of_all_tests_or_of_none(pytester: pytest.Pytester, mode: str, files: int) -> None:
    pytester.makepyfile(WRONG)
    result = pytester.runpytest_subprocess("-q", f"--netplay-pcap={mode}")
    # Without a recording there is nothing to count: the second says so.
    result.assert_outcomes(failed=1 if mode == "all" else 2, passed=1 if mode == "all" else 0)
    assert len(list(pytester.path.rglob("*.pcapng"))) == files


@lab_test
def test_without_a_cache_the_packets_are_only_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*netplay: the last packets*"])
    result.stdout.no_fnmatch_line("*netplay: all packets*")
