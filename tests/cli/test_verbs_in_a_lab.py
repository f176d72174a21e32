"""The verbs against a lab that is up."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Lab

from .conftest import NAME, NETPLAY, TOPOLOGY, Netplay
from .terminals import AtTerminal

pytestmark = pytest.mark.lab


def test_ps_is_a_table_for_a_person(netplay: Netplay) -> None:
    lines = netplay("ps").stdout.splitlines()
    assert lines[0].split() == ["MACHINE", "ADDRESSES", "SERVICES", "MEMORY"]
    assert re.match(r"h1 +192\.168\.1\.11 \S+ +ssh +\d+\.\d MB$", lines[1])
    assert "\x1b" not in lines[1]


def test_ps_is_json_for_a_program(netplay: Netplay, small: Lab) -> None:
    found = json.loads(netplay("ps", "--json").stdout)
    assert found["lab"] == NAME
    assert found["keeper"]["pid"] == small.place.keeper
    assert [node["name"] for node in found["nodes"]] == ["h1", "www"]
    h1 = found["nodes"][0]
    assert h1["addresses"][0] == "192.168.1.11"
    assert h1["interfaces"][0]["addresses"][0] == "192.168.1.11/24"
    assert h1["memory"] > 0
    assert h1["services"][0]["name"] == "ssh"
    assert h1["services"][0]["state"] == "ready"
    assert h1["services"][0]["ports"] == ["22/tcp"]


def test_ps_quiet_is_names(netplay: Netplay) -> None:
    assert netplay("ps", "-q").stdout == "h1\nwww\n"
    assert netplay("ps", "-q", "-n", NAME, env={"NETPLAY_NAME": "other"}).stdout == "h1\nwww\n"
    assert netplay("-n", NAME, "ps", "-q", env={"NETPLAY_NAME": "other"}).stdout == "h1\nwww\n"


def test_ls_lists_labs(netplay: Netplay, small: Lab) -> None:
    labs = json.loads(netplay("ls", "--json").stdout)["labs"]
    assert {"name": NAME, "keeper": {"pid": small.place.keeper}, "machines": 2} in labs
    assert NAME in netplay("labs", "-q").stdout.splitlines()


def test_up_of_what_is_up(netplay: Netplay, tmp_path: Path) -> None:
    file = tmp_path / "cli.clab.yml"
    file.write_text(TOPOLOGY)
    done = netplay("up", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("cli is already up\n")
    file.write_text(TOPOLOGY.replace("192.168.1.4/", "192.168.1.5/"))
    assert "cli is already up, with another network\n" in netplay("up", str(file)).stderr


def test_logs(netplay: Netplay) -> None:
    assert "Server listening on 0.0.0.0 port 22." in netplay("logs", "www").stdout
    assert len(netplay("logs", "www/ssh", "--tail", "1").stdout.splitlines()) == 1
    assert netplay("logs", "www/shs").stderr == (
        "netplay: www has no service called 'shs'; did you mean 'ssh'?\n"
    )
    assert netplay("logs", "ww").returncode == 125


def test_logs_follow_until_ctrl_c(environment: dict[str, str], small: Lab) -> None:
    process = subprocess.Popen(
        [*NETPLAY, "logs", "www", "-f", "--tail", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    shouting = threading.Event()

    def shout() -> None:
        # tail says nothing when it has begun: so we write until it has shown a line.
        while not shouting.wait(0.02):
            small["www"].run("sh", "-c", "echo again >> /var/log/netplay/ssh.log")

    thread = threading.Thread(target=shout)
    thread.start()
    try:
        assert process.stdout.readline() == "again\n"
    finally:
        shouting.set()
        thread.join()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")


def test_service(netplay: Netplay, small: Lab) -> None:
    before = small.state()["nodes"]["www"]["services"][0]["pid"]
    assert netplay("service", "www", "restart", "ssh").stderr == "www: ssh is restarted\n"
    assert small.state()["nodes"]["www"]["services"][0]["pid"] != before
    netplay("service", "www", "stop", "ssh")
    assert "ssh(stopped)" in netplay("ps").stdout
    netplay("service", "www", "start", "ssh")
    assert small.state()["nodes"]["www"]["services"][0]["state"] == "ready"
    wrong = netplay("service", "www", "sotp", "ssh")
    assert (wrong.returncode, "did you mean 'stop'?" in wrong.stderr) == (2, True)
    assert "did you mean 'ssh'?" in netplay("service", "www", "stop", "sssh").stderr


def test_reset(netplay: Netplay) -> None:
    netplay("www", "touch", "/root/left")
    assert netplay("reset", "www").stderr == "www: as new\n"
    assert netplay("www", "ls", "/root/left").returncode == 2
    assert netplay("reset", "ww").stderr.endswith("did you mean 'www'?\n")


def test_plan_and_map_are_about_the_lab_that_is_meant(netplay: Netplay) -> None:
    assert "ip netns add www" in netplay("plan").stdout
    assert "ip netns add www" not in netplay("plan", "--node", "h1").stdout
    steps = json.loads(netplay("plan", "--json", "--node", "h1").stdout)["steps"]
    assert {step["node"] for step in steps} == {"h1", ""}
    assert any("eth1" in step["shell"] for step in steps if step["step"] == "AddVeth")
    assert "www" in netplay("map").stdout
    assert netplay("map", "--svg").stdout.startswith("<svg")
    assert netplay("map", "--mermaid").stdout.startswith("flowchart")


# ------------------------------------------------------------ cp


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a program, a link, an empty folder and a file that only its owner reads."""
    folder = tmp_path / "tree"
    (folder / "sub" / "empty").mkdir(parents=True)
    (folder / "sub" / "run.sh").write_text("#!/bin/sh\necho ran\n")
    (folder / "sub" / "run.sh").chmod(0o754)
    (folder / "secret").write_bytes(os.urandom(300_000))
    (folder / "secret").chmod(0o600)
    (folder / "link").symlink_to("sub/run.sh")
    return folder


def described(folder: Path) -> list[tuple[str, object, object]]:
    found: list[tuple[str, object, object]] = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found.append((name, "link", os.readlink(path)))
        elif path.is_dir():
            found.append((name, "folder", path.stat().st_mode & 0o777))
        else:
            found.append((name, path.read_bytes(), path.stat().st_mode & 0o777))
    return found


def test_cp_there_between_and_back(netplay: Netplay, tree: Path, tmp_path: Path) -> None:
    for source, target in (
        (str(tree), "h1:/srv"),  # into a folder that is there
        ("h1:/srv/tree", "www:/srv/copy"),  # under a new name
        ("www:/srv/copy", str(tmp_path / "back")),
    ):
        done = netplay("cp", source, target)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    assert described(tmp_path / "back") == described(tree)
    assert (tmp_path / "back").stat().st_uid == os.geteuid()
    assert netplay("h1", "stat", "-c", "%U", "/srv/tree/secret").stdout == "root\n"
    assert netplay("www", "/srv/copy/link").stdout == "ran\n"


def test_cp_of_a_file_and_of_what_is_in_a_folder(
    netplay: Netplay, tree: Path, tmp_path: Path
) -> None:
    netplay("cp", "h1:/etc/hostname", str(tmp_path))
    netplay("cp", "h1:/etc/hostname", str(tmp_path / "renamed"))
    assert (tmp_path / "hostname").read_text() == (tmp_path / "renamed").read_text() == "h1\n"
    (tmp_path / "flat").mkdir()
    netplay("h1", "sh", "-c", "mkdir -p /srv/flat/deep; echo x > /srv/flat/deep/file")
    netplay("cp", "h1:/srv/flat/.", str(tmp_path / "flat"))
    assert (tmp_path / "flat" / "deep" / "file").read_text() == "x\n"


def test_cp_from_home_follows_the_link_that_is_named(netplay: Netplay, tmp_path: Path) -> None:
    netplay("h1", "sh", "-c", "echo there > target; ln -sf target named")
    netplay("cp", "h1:named", str(tmp_path))
    assert (tmp_path / "named").read_text() == "there\n"
    assert not (tmp_path / "named").is_symlink()


def test_cp_of_a_stream(environment: dict[str, str], small: Lab, tree: Path) -> None:
    def run(*words: str, data: bytes = b"") -> bytes:
        return subprocess.run(
            [*NETPLAY, "cp", *words], input=data, capture_output=True, env=environment, check=True
        ).stdout

    packed = subprocess.run(
        ["tar", "-C", str(tree.parent), "-cz", "tree"], capture_output=True, check=True
    ).stdout
    run("-", "www:/opt", data=packed)
    unpacked = tree.parent / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "-C", str(unpacked), "-x"], input=run("www:/opt/tree", "-"), check=True)
    assert described(unpacked / "tree") == described(tree)


def test_cp_leaves_out_links_that_lead_out(netplay: Netplay, tmp_path: Path) -> None:
    script = "mkdir -p /srv/l; cd /srv/l; for n in 1 2 3 4 5; do ln -sf /etc/passwd $n; done"
    netplay("h1", "sh", "-c", script)
    done = netplay("cp", "h1:/srv/l", str(tmp_path))
    assert done.returncode == 0
    assert list((tmp_path / "l").iterdir()) == []
    assert done.stderr.count("it is a link to /etc/passwd") == 3
    assert done.stderr.endswith("netplay: and 2 more like these\n")


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("h1:/etc/hostnam", ".", "h1: there is no file '/etc/hostnam'; did you mean 'hostname'?"),
        ("/etc/hostnam", "h1:", "there is no file '/etc/hostnam'; did you mean 'hostname'?"),
        ("h1:/etc/hostname", "/nosuch/x", "there is no folder '/nosuch'"),
        ("/etc/hostname", "h1:/nosuch/", "there is no folder '/nosuch/'"),
        ("/etc/hostname", "h1:/nosuch/x", "h1: /nosuch: Cannot open: No such file or directory"),
        ("/etc/hostname", "h1:/proc/x", "h1: x: Cannot open: No such file or directory"),
        ("h2:/etc/hostname", ".", "the lab 'cli' has no machine called 'h2'; known are h1, www"),
        ("-", "h1:/etc/hostname", "an archive is unpacked into a folder, and '/etc/hostname'"),
    ],
)
def test_cp_says_what_is_wrong(netplay: Netplay, source: str, target: str, sentence: str) -> None:
    done = netplay("cp", source, target)
    assert done.returncode == 125
    assert done.stderr.startswith(f"netplay: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_cp_needs_a_machine(netplay: Netplay) -> None:
    assert netplay("cp", "a", "b").returncode == 2


# ------------------------------------------------------------ forward, ssh-config


@pytest.fixture
def forwarded(small: Lab, environment: dict[str, str]) -> Iterator[int]:
    """The port of the computer that leads to port 2300 of www."""
    process = subprocess.Popen(
        [*NETPLAY, "forward", "0:www:2300"], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.fullmatch(r"localhost:(\d+) leads to www:2300\n", line)
    assert found, line
    yield int(found[1])
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert process.stderr.read() == ""
    process.stderr.close()


# It answers, with what it got, only when it has seen the end of it.
ECHO_AT_THE_END = """
import socket
server = socket.create_server(("127.0.0.1", 2300))
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    got = b"".join(iter(lambda: connection.recv(65536), b""))
    connection.sendall(got)
    connection.close()
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_forward_passes_the_end_of_each_direction(small: Lab, forwarded: int, host: str) -> None:
    with small["www"].start("python3", "-c", ECHO_AT_THE_END) as server:
        assert server.stdout is not None
        assert server.stdout.read(10) == b"listening\n"
        data = os.urandom(1_000_000)
        with socket.create_connection((host, forwarded), timeout=20) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            assert b"".join(iter(lambda: client.recv(65536), b"")) == data


@pytest.mark.skipif(shutil.which("ssh") is None, reason="the computer has no ssh")
def test_ssh_config_serves_the_computer_s_own_ssh(
    netplay: Netplay, environment: dict[str, str], tmp_path: Path, small: Lab
) -> None:
    config = tmp_path / "config"
    config.write_text(netplay("ssh-config").stdout)
    assert small.place.folder.joinpath("ssh_identity").stat().st_mode & 0o777 == 0o600

    def run(*words: str) -> str:
        return subprocess.run(
            [words[0], "-F", str(config), *words[1:]],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
            timeout=60,
        ).stdout

    assert run("ssh", "h1", "hostname") == "h1\n"
    assert run("ssh", "brandon@www", "id", "-un") == "brandon\n"
    (tmp_path / "notes").write_text("by scp\n")
    run("scp", str(tmp_path / "notes"), "www:/tmp/notes")
    assert netplay("www", "cat", "/tmp/notes").stdout == "by scp\n"


# ------------------------------------------------------------ up and down


def test_up_and_down_of_another_lab(netplay: Netplay, tmp_path: Path) -> None:
    file = tmp_path / "two.clab.yml"
    file.write_text(TOPOLOGY.replace("services: [ssh]", "services: []"))
    up = netplay("-n", "cli-two", "up", str(file))
    try:
        assert up.returncode == 0
        assert up.stdout == ""
        assert re.search(r"^cli-two is up: 2 machines, 0 services, in [\d.]+ s$", up.stderr, re.M)
        assert "netplay -n cli-two h1" in up.stderr
        assert netplay("-n", "cli-two", "h1", "hostname").stdout == "h1\n"
    finally:
        down = netplay("-n", "cli-two", "down")
    assert down.stderr == "cli-two is down\n"
    assert netplay("-n", "cli-two", "down").stderr == "cli-two was not up\n"
    gone = netplay("-n", "cli-two", "h1", "hostname")
    assert gone.returncode == 125
    assert gone.stderr == "netplay: the lab 'cli-two' is not up; try: netplay -n cli-two up\n"


@pytest.fixture
def elsewhere(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which no lab is up."""
    with tempfile.TemporaryDirectory(prefix="np-") as run:
        named = {**environment, "NETPLAY_RUN": run}
        del named["NETPLAY_NAME"]
        yield named
        subprocess.run([*NETPLAY, "down", "--all"], env=named, stderr=subprocess.DEVNULL)


def test_a_machine_of_the_playground_brings_it_up(elsewhere: dict[str, str]) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*NETPLAY, *words], env=elsewhere, capture_output=True, text=True)

    assert run("h9").stderr.startswith(
        "netplay: there is no command and no machine of 'playground' called 'h9'; known are"
    )
    assert run("pss").stderr.endswith("; did you mean 'ps'?\n")
    assert run("ls").stderr == "no lab is up; try: netplay up\n"
    assert run("ps").returncode == 125
    first = run("h1", "hostname")
    assert (first.returncode, first.stdout) == (0, "h1\n")
    assert "playground: network after " in first.stderr
    assert "playground is up: 12 machines, " in first.stderr
    second = run("h1", "hostname")
    assert (second.stdout, second.stderr) == ("h1\n", "")
    assert run("modmA", "true").stderr.endswith("; did you mean 'modemA'?\n")
    assert run("up").stderr.startswith("playground is already up\n")
    assert run("down", "--all").stderr == "playground is down\n"
    assert os.listdir(elsewhere["NETPLAY_RUN"]) == []


def test_a_lab_comes_up_though_nobody_listens(
    environment: dict[str, str], small: Lab, tmp_path: Path
) -> None:
    file = tmp_path / "quiet.clab.yml"
    file.write_text(TOPOLOGY)
    netplay = " ".join([*NETPLAY, "-n", "cli-quiet"])
    command = f"{netplay} up {file} 2>&1 | head -1; {netplay} h1 hostname; {netplay} down"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[-1] == "h1"
    assert done.stderr == "cli-quiet is down\n"


def test_ctrl_c_while_a_lab_comes_up_leaves_nothing(
    environment: dict[str, str], small: Lab, tmp_path: Path
) -> None:
    # A service that never answers: `up` waits for it until Ctrl-C.
    file = tmp_path / "slow.clab.yml"
    slow = TOPOLOGY.replace("www: {}", "www: {exec: [sleep 1000]}").replace("cli", "cli-slow")
    file.write_text(slow)
    process = subprocess.Popen(
        [*NETPLAY, "-n", "cli-slow", "up", str(file)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "processes" in line:
            break
    keeper = int((small.place.folder.parent / "cli-slow" / "keeper.pid").read_text())
    pidfd = os.pidfd_open(keeper)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")
    import select

    assert select.select([pidfd], [], [], 20)[0], "the keeper lives on"
    os.close(pidfd)


def test_at_a_terminal_there_are_colours_unless_they_are_not_wanted(
    small: Lab, environment: dict[str, str]
) -> None:
    for words, env, coloured in (
        (["ps"], {}, True),
        (["ps"], {"NO_COLOR": "1"}, False),
        (["--no-color", "ps"], {}, False),
        (["ps"], {"TERM": "dumb"}, False),
    ):
        person = AtTerminal([*NETPLAY, *words], {**environment, **env})
        assert person.ends() == 0
        assert ("\x1b[36m" in person.seen) == coloured
        assert "192.168.1.11" in person.seen
        person.close()


def test_tab_knows_the_lab(netplay: Netplay) -> None:
    assert netplay("__complete", "h1").stdout == "h1\n"
    assert netplay("__complete", "logs", "www/").stdout == "www/ssh\n"
    assert NAME in netplay("__complete", "-n", "").stdout.splitlines()


def test_bash_completes(netplay: Netplay, tmp_path: Path, environment: dict[str, str]) -> None:
    script = tmp_path / "completion"
    script.write_text(netplay("completion", "bash").stdout)
    program = tmp_path / "netplay"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m netplay "$@"\n')
    program.chmod(0o755)
    lines = f"""
        . {script}
        COMP_WORDS=({program} service www re); COMP_CWORD=3; _netplay; echo "${{COMPREPLY[*]}}"
        COMP_WORDS=({program} ''); COMP_CWORD=1; _netplay; echo "${{#COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, env=environment)
    first, second = done.stdout.split()
    assert first == "restart"
    assert int(second) > 15


def test_an_archive_of_a_node_can_be_read_by_tarfile(
    environment: dict[str, str], small: Lab, tmp_path: Path
) -> None:
    with open(tmp_path / "x.tar", "wb") as file:
        subprocess.run([*NETPLAY, "cp", "h1:/etc/apt", "-"], stdout=file, env=environment)
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert "apt/sources.list" in archive.getnames()
