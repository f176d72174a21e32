"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from netplay import Lab
from netplay.lab import direct
from netplay.paths import cache_directory
from netplay.pytest_plugin.deadline import deadline

pytest_plugins = ("pytester",)
lab_test = pytest.mark.lab
CACHE = Path(cache_directory())


@pytest.fixture(autouse=True)
def with_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs have a home of their own, and would unpack an image of their own there."""
    monkeypatch.setenv("NETPLAY_CACHE", str(CACHE))


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


STARTED = """
    import pytest

    @pytest.fixture
    def server(lab):
        with lab["b"].start("sh", "-c", "echo no such key >&2; sleep 60") as process:
            lab["a"].run("ping", "-c1", "b", check=True)
            yield process

    def test_quiet(server, lab):
        assert lab["a"].run("echo", "asked").stdout == "answered"

    @pytest.fixture
    def broken(server, lab):
        lab["b"].wait_listening(80, timeout=0.1)

    def test_never_begins(broken):
        pass
"""


@lab_test
def test_a_failure_tells_what_programs_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STARTED)
    result = pytester.runpytest_subprocess("-q")
    # Also when a fixture fails that stands between the lab and the test.
    result.assert_outcomes(failed=1, errors=1)
    told = ["*netplay: b$ sh -c echo no such key* (running)*", "no such key"]
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of test_never_begins*", "*nobody listens on b:80*", *told]
    )
    result.stdout.fnmatch_lines(
        ["*test_quiet*", "*netplay: a$ echo asked (status 0)*", "asked", *told]
    )


@lab_test
def test_a_program_that_the_test_has_ended_had_last_words(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_it(lab):
            with lab["b"].start("sh", "-c", "printf '%s\\\\n' first second; sleep 60") as process:
                assert process.stdout.read(6) == b"first\\n"
            raise SystemError
        """
    )
    result = pytester.runpytest_subprocess("-q")
    result.stdout.fnmatch_lines(["*netplay: b$ sh -c printf*(ended)*", "second"])


CHANCE = """
    import pathlib
    import pytest
    from netplay import Network

    def lossy():
        # Nothing but the pings is to be on the wire: no IPv6, and nobody asks for a MAC address.
        network = Network("lossy", ipv6="none")
        for name, other, node in (("a", 12, 2), ("b", 11, 1)):
            entry = f"ip neigh add 10.0.1.{other} lladdr 02:00:00:0{node}:00:00 dev eth0"
            network.host(name, sysctls={"net.ipv6.conf.all.disable_ipv6": 1}, commands=[entry])
        network.link("a", "b", loss="30%")
        return network

    def note(name, lab):
        said = lab["a"].run("ping", "-n", "-c40", "-i0.002", "-W0.3", "10.0.1.12").stdout
        heard = [line.split("icmp_seq=")[1].split()[0] for line in said.splitlines()
                 if "icmp_seq" in line]
        with pathlib.Path("heard.txt").open("a") as file:
            print(name, *heard, file=file)

    @pytest.mark.topology(source=lossy)
    def test_declared(lab):
        note("declared", lab)
        lab.heal()
        note("healed", lab)
        lab.fault("a", "b", loss="50%")
        note("fault", lab)
        lab.fault("a", "b", loss="50%")
        note("again", lab)
        lab.fault("a", "b", loss="50%", seed=3)
        note("chosen", lab)
"""


@lab_test
def test_the_seed_of_the_run_decides_what_is_lost(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CHANCE)

    def lost(seed: int) -> list[str]:
        (pytester.path / "heard.txt").unlink(missing_ok=True)
        pytester.runpytest_subprocess("-q", f"--netplay-seed={seed}").assert_outcomes(passed=1)
        return (pytester.path / "heard.txt").read_text().splitlines()

    first, second, other = lost(1), lost(1), lost(2)
    assert first == second
    assert len({line.partition(" ")[2] for line in first}) == len(first)
    same = [a for a, b in zip(first, other, strict=True) if a == b]
    # A seed of one's own is one's own.
    assert [line.split()[0] for line in same] == ["chosen"]


@lab_test
def test_workers_have_the_seed_of_the_run(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(4))
        def test_one(lab, n):
            raise SystemError
        """
    )
    lines = pytester.runpytest_subprocess("-q", "-n2").stdout.lines
    seeds = {line.split("=")[-1] for line in lines if "--netplay-seed=" in line}
    assert len(seeds) == 1


@lab_test
def test_junit_has_seed_and_packets(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG)
    pytester.runpytest_subprocess("-q", "--netplay-seed=77", "--junitxml=out.xml")
    tests = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ElementTree.parse(pytester.path / "out.xml").iter("testcase")
    }
    assert tests["test_right"] == {"netplay_seed": "77"}
    assert tests["test_wrong_port"]["netplay_seed"] == "77"
    assert Path(str(tests["test_wrong_port"]["netplay_pcap"])).is_file()


HANGS = """
    def test_hangs(lab):
        server = lab["b"].socket()
        server.bind(("10.0.0.2", 9000))
        server.listen()
        server.accept()

    def test_ends(lab):
        pass
"""


@lab_test
def test_a_test_that_hangs_fails_with_its_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HANGS)
    pytester.makeini("[pytest]\nnetplay_timeout = 0.3")
    result = pytester.runpytest_subprocess("-q", "-p", "no:timeout")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            ">*server.accept()",
            "*this test does not end (netplay_timeout, 0.3 s)",
            "*netplay: who listens where*",
            "b: 10.0.0.2 port 9000/tcp",
        ]
    )


@lab_test
@pytest.mark.parametrize("function_only", ["true", "false"])
def test_it_is_explained_before_pytest_timeout_ends_it(
    pytester: pytest.Pytester, function_only: str
) -> None:
    pytest.importorskip("pytest_timeout")
    pytester.makepyfile(HANGS)
    pytester.makeini(f"[pytest]\ntimeout_func_only = {function_only}\nnetplay_timeout = 99")
    result = pytester.runpytest_subprocess("-q", "--timeout=15", "--timeout-method=thread")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["*does not end (pytest-timeout's limit, less time to explain)", "*who listens where*"]
    )


def test_a_limit_is_a_number(pytester: pytest.Pytester) -> None:
    for wrong in ("soon", "-1", "inf", "nan"):
        pytester.makeini(f"[pytest]\nnetplay_timeout = {wrong}")
        result = pytester.runpytest_subprocess("-q")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*netplay_timeout: '{wrong}' is not a number of seconds*"])


def test_a_limit_ends_what_waits_and_nothing_else() -> None:
    before = signal.getsignal(signal.SIGRTMAX)
    with pytest.raises(pytest.fail.Exception, match="does not end \\(mine\\)"), deadline(0, "mine"):
        time.sleep(60)
    with deadline(60, "mine"), deadline():
        pass
    assert signal.getsignal(signal.SIGRTMAX) == before
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_in_another_thread_there_is_no_limit() -> None:
    with ThreadPoolExecutor() as pool:

        def work() -> str:
            with deadline(0, "nobody's"):
                return "done"

        assert pool.submit(work).result() == "done"


@lab_test
def test_only_labs_of_failed_tests_are_kept(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_fails(lab):
            raise SystemError

        def test_passes(lab):
            pass
        """
    )
    lines = pytester.runpytest_subprocess("-q", "--netplay-keep").stdout.lines
    words = [line.split() for line in lines if line.startswith("netplay -n pair-")]
    assert [word[3] for word in words] == ["a", "b", "down"]
    lab = Lab.attach(words[0][2])
    try:
        assert lab["a"].run("true").returncode == 0
        assert [name for name in direct.labs() if name.startswith("pair-")] == [lab.name]
    finally:
        lab.down()


@lab_test
def test_the_playground_is_healed_after_each_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_breaks(playground):
            playground.fault("h1", "modemA", loss="100%")
            playground.partition(["www"], ["ftp"])
            playground["h1"].start("sleep", "77")

        def test_finds_all_well(playground):
            assert playground.faults() == [] and playground.partitioned() == []
            assert "sleep 77" not in playground["h1"].run("ps", "ax").stdout
            assert playground["h1"].run("curl", "-s", "http://www/ip").returncode == 0
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)
