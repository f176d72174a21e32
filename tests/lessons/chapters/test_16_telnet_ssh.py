"""Chapter 16: what its transcripts cannot show."""

from __future__ import annotations

import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netplay import Completed, Lab
from netplay.lessons.chapter import folders

FOLDER = next(folder for folder in folders() if folder.name == "16-telnet-ssh")
HERE = f"/lessons/{FOLDER.name}"
BANNER = b"\xff\xfd\x18\xff\xfd\x1f\xff\xfb\x01login: "
MEANT = [(253, 24, b""), (253, 31, b""), (251, 1, b"")]  # what is in BANNER besides text


@pytest.fixture
def chapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its modules can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def load(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


class Conversation(socketserver.StreamRequestHandler):
    """Says one thing after another, each after a line of the client's, and then as it is told."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Script)
        for words in server.says:
            self.wfile.write(words)
            server.heard.append(self.rfile.readline())
        if server.stays:
            server.heard.append(self.rfile.read())
        with suppress(ConnectionError):
            while server.dribbles and not server.enough.wait(0.01):
                self.wfile.write(b".")


class Script(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, says: tuple[bytes, ...], stays: bool, dribbles: bool) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.says = says
        self.stays = stays  # silent, until the client ends
        self.dribbles = dribbles  # a dot now and then, and never an end
        self.enough = threading.Event()
        self.heard: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def telnetd(*says: bytes, stays: bool = False, dribbles: bool = False) -> Iterator[Script]:
    with Script(says, stays, dribbles) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.enough.set()
            server.shutdown()
            thread.join()


def called(server: Script) -> Any:
    return load("telnet").Telnet("127.0.0.1", server.port)


def run(program: str, *words: str, input: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, input=input)
    assert "Traceback" not in done.stderr
    return done


# shell.py


def test_the_end_of_the_input_ends_the_shell_quietly() -> None:
    done = run("shell.py", input="show 1\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "] Arguments: ['1']\n] ", "")


def test_the_shell_expands_nothing_and_survives_mistakes() -> None:
    done = run(
        "shell.py", input="show * $HOME ~ 'a b' \\\n\n   \n/no/such\nshow on\nexit\nshow no\n"
    )
    assert "Arguments: ['*', '$HOME', '~', \"'a\", \"b'\", '\\\\']" in done.stdout
    assert "No such file or directory: '/no/such'" in done.stdout
    assert "Arguments: ['on']" in done.stdout
    assert "['no']" not in done.stdout


def test_a_quote_without_end_is_a_sentence() -> None:
    done = run("shell.py", "--quotes", input="show 'a\nshow 'a  b'\n")
    assert done.stdout == "] No closing quotation\n] Arguments: ['a  b']\n] "


# telnet_parser.py: whole, crumb by crumb, with something behind it

STREAMS = [
    (BANNER, [*MEANT, b"login: "]),
    (b"a\xff\xffb", [b"a", b"\xff", b"b"]),
    (b"\xff\xfa\x18\x01\xff\xf0x", [(250, 24, b"\x01"), b"x"]),
    (b"\xff\xfa\x18\xff\xff\xf0\xff\xf0", [(250, 24, b"\xff\xf0")]),
    (b"\xff\xfa\x18\xff\xf0", [(250, 24, b"")]),
    (b"\xff\xf1\xff\xf9ok", [b"ok"]),
    (b"\xff\xfd\xff", [(253, 255, b"")]),
    (b"\xff\xfd\n", [(253, 10, b"")]),
]


def joined(pieces: list[object]) -> list[object]:
    """Text that lies side by side is one text."""
    found: list[object] = []
    for piece in pieces:
        if isinstance(piece, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += piece
        else:
            found.append(piece)
    return found


@pytest.mark.usefixtures("chapter")
@pytest.mark.parametrize(("stream", "meant"), STREAMS)
def test_commands_are_found_however_the_stream_is_cut(stream: bytes, meant: list[object]) -> None:
    new = load("telnet_parser").Parser
    assert joined(list(new().feed(stream))) == joined(meant)
    parser = new()
    crumbs = [piece for i in range(len(stream)) for piece in parser.feed(stream[i : i + 1])]
    assert joined(crumbs) == joined(meant)
    assert parser.rest == b""
    assert joined(list(new().feed(stream + b" and on"))) == joined([*meant, b" and on"])


@pytest.mark.usefixtures("chapter")
@pytest.mark.parametrize("start", [b"\xff", b"\xff\xfd", b"\xff\xfa", b"\xff\xfa\x18\x00abc\xff"])
def test_half_a_command_waits_for_its_other_half(start: bytes) -> None:
    parser = load("telnet_parser").Parser()
    assert list(parser.feed(start)) == []
    assert parser.rest == start


# telnet.py


@pytest.mark.usefixtures("chapter")
def test_every_request_is_refused_and_no_refusal_answered() -> None:
    with telnetd(b"\xff\xfe\x01\xff\xfc\x03" + BANNER) as server, called(server) as client:
        assert client.expect(b"login:") == b"login:"
        client.write_line("ann")
        client.read_all()
    assert server.heard == [b"\xff\xfc\x18\xff\xfc\x1f\xff\xfe\x01ann\r\n"]


@pytest.mark.usefixtures("chapter")
def test_silence_is_an_error_and_never_a_success() -> None:
    """The original took "nothing came in time" for "I am logged in"."""
    with (
        telnetd(b"login: ", b"Password: ", b"welcome, stranger", stays=True) as server,
        called(server) as client,
    ):
        client.expect(b"login:")
        client.write_line("ann")
        client.expect(b"assword:")
        client.write_line("secret")
        with pytest.raises(TimeoutError):
            client.expect(b"Login incorrect", b"$ ", seconds=0.2)


@pytest.mark.timeout(20)
@pytest.mark.usefixtures("chapter")
def test_a_server_that_dribbles_does_not_stretch_the_limit() -> None:
    with telnetd(dribbles=True) as server, called(server) as client:
        with pytest.raises(TimeoutError):
            client.expect(b"$ ", seconds=0.3)
        assert client.text


@pytest.mark.usefixtures("chapter")
def test_a_server_that_hangs_up_is_an_error() -> None:
    with telnetd(b"login: ") as server, called(server) as client:
        client.expect(b"login:")
        client.write_line("ann")
        with pytest.raises(EOFError):
            client.expect(b"assword:")


@pytest.mark.usefixtures("chapter")
def test_the_first_word_in_the_stream_counts_and_a_255_goes_twice() -> None:
    with telnetd(b"Login incorrect\r\nTry for 5 $ more", b"") as server, called(server) as client:
        assert client.expect(b"$ ", b"Login incorrect") == b"Login incorrect"
        client.write_line("x")
        client.write_line("y")
        assert client.read_all() == "\nTry for 5 $ more"
    assert server.heard == [b"x\r\n", b"y\r\n"]


# No host key is taken on trust, in any program


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_no_program_believes_any_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = re.sub(r'""".*?"""|#.*', "", text, flags=re.DOTALL)
    assert not re.search(
        r"AutoAddPolicy|WarningPolicy|known_hosts=None|Checking=no|accept-new", code
    )
    assert all("known_hosts" in line for line in code.splitlines() if "asyncssh.connect(" in line)


STRANGER = "www.example.com"
FORGET = "import known; known.LISTS = ()"  # nothing is known to the programs then
REFUSALS = {
    "ssh_simple": (STRANGER, "brandon"),
    "ssh_commands": (STRANGER, "brandon"),
    "ssh_threads": (STRANGER, "brandon"),
    "ssh_tasks": (STRANGER, "brandon"),
    "sftp_get": (STRANGER, "brandon", "/etc/hostname", "--dest", "/tmp"),
    "ssh_async": ("hostname", STRANGER),
    "ssh_jump": ("hostname", STRANGER),
    "ssh_forward": ("-D", "1080", STRANGER),
    "fleet": ("hostname", STRANGER),
}


def in_lab(lab: Lab, program: str, *words: str) -> Completed:
    return lab["h1"].run("python3", f"{HERE}/{program}.py", *words, timeout=60)


@pytest.mark.lab
@pytest.mark.parametrize("program", REFUSALS)
def test_a_host_that_is_not_known_is_refused(lab: Lab, program: str) -> None:
    """With a home and lists that are empty, each says so and runs nothing."""
    words = [f"{HERE}/{program}.py", *REFUSALS[program]]
    script = f"import runpy, sys; sys.path.insert(0, {HERE!r}); {FORGET}; sys.argv = {words!r}; "
    script += "runpy.run_path(sys.argv[0], run_name='__main__')"
    done = lab["h1"].run("python3", "-c", script, timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert re.search(r"not trusted|not found in known_hosts", said), said
    assert len(said.splitlines()) == 1


@pytest.mark.lab
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("ssh_commands", ("nowhere.example.com", "brandon")),
        ("ssh_commands", (STRANGER, "nobody-of-that-name")),
        ("ssh_tasks", ("nowhere.example.com", "brandon")),
        ("ssh_tasks", (STRANGER, "nobody-of-that-name")),
        ("sftp_get", (STRANGER, "brandon", "/no/such/file")),
        ("sftp_get", (STRANGER, "brandon", "/etc/hostname", "--dest", "/no/such/folder")),
        ("ssh_jump", ("hostname", "nowhere.example.com")),
        ("ssh_sshfp", ("nowhere.example.com", "hostname", "--unsigned")),
        ("ssh_forward", ("-L", "22:localhost:80", STRANGER)),
        ("ssh_ca", ("/no/such/key", "/no/such/key.pub", "brandon")),
        ("ssh_ca", ("/etc/hostname", "/etc/hostname", "brandon")),
        ("ssh_server", ("/no/such/key", "/no/such/list")),
        ("ssh_server", ("/etc/hostname", "/root/.ssh/authorized_keys")),
    ],
)
def test_a_mistake_is_one_sentence(lab: Lab, program: str, words: tuple[str, ...]) -> None:
    done = in_lab(lab, program, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.lab
@pytest.mark.parametrize("route", ["80", "8000:80", "x:localhost:80", "1:h:2:3"])
def test_a_route_has_three_parts(lab: Lab, route: str) -> None:
    done = in_lab(lab, "ssh_forward", "-L", route, STRANGER)
    assert (done.returncode, "invalid route value" in done.stderr) == (2, True)


@pytest.mark.lab
def test_a_file_lands_in_the_folder_and_nowhere_else(lab: Lab) -> None:
    """The original wrote /etc/….copy, and divided by the size of an empty file."""
    script = """
cd $(mktemp -d); mkdir dest; before=$(ls /etc | wc -l)
ssh brandon@www.example.com 'touch ~/empty; head -c 300000 /dev/zero > ~/large'
python3 $0/sftp_get.py --dest dest www.example.com brandon ../../etc/os-release empty large
ssh brandon@www.example.com 'rm ~/empty ~/large'
[ "$(ls /etc | wc -l)" = "$before" ] && stat -c '%n %s' dest/*
cmp /etc/os-release dest/os-release
"""
    done = lab["h1"].run("bash", "-c", script, HERE, timeout=60)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert "Transfer of 'empty' is at 0/0 bytes (100.0%)" in lines
    assert "Transfer of 'large' is at 300000/300000 bytes (100.0%)" in lines
    sizes = dict(line.split() for line in lines if line.startswith("dest/"))
    assert (sizes["dest/empty"], sizes["dest/large"]) == ("0", "300000")
    assert set(sizes) == {"dest/empty", "dest/large", "dest/os-release"}


@pytest.mark.lab
def test_a_fingerprint_of_another_key_does_not_open(lab: Lab) -> None:
    """A name that leads to www, and the fingerprint of ftp: the key is not the one."""
    script = f"""
import sys; sys.path.insert(0, {HERE!r})
import asyncio, asyncssh, dns.resolver, ssh_sshfp
right = dns.resolver.resolve
dns.resolver.resolve = lambda host, kind: right("ftp.example.com", kind)
try:
    asyncio.run(ssh_sshfp.main("www.example.com", "hostname", True))
except asyncssh.HostKeyNotVerifiable:
    print("refused")
"""
    done = lab["h1"].run("python3", "-c", script, timeout=60)
    assert (done.stdout, done.stderr) == ("refused\n", "")


@pytest.mark.lab
def test_the_status_of_a_command_behind_expect_is_passed_on(lab: Lab) -> None:
    script = f"""
import sys; sys.path.insert(0, {HERE!r})
import expect_login
expect_login.main("www.example.com", "brandon", sys.argv[1], sys.argv[2])
"""
    for command, password, status, words in (
        ("exit 7", "abc123", 7, ""),
        ("hostname", "abc123", 0, "www.example.com"),
        ("hostname", "wrong", 1, "Wrong password"),
    ):
        done = lab["h1"].run("python3", "-c", script, command, password, timeout=60)
        assert (done.returncode, (done.stdout + done.stderr).strip()) == (status, words)


@pytest.mark.lab
def test_a_certificate_ends_when_it_says(lab: Lab) -> None:
    script = """
cd $(mktemp -d); ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -t ed25519 -N '' -f key
before=$(date +%s); python3 $0/ssh_ca.py ca key.pub ann --seconds 90
ssh-keygen -L -f key-cert.pub | tee said
end=$(sed -n 's/.* to //p' said); echo $(($(date -d $end +%s) - before))
"""
    done = lab["h1"].run("bash", "-c", script, HERE, timeout=60)
    assert 'Key ID: "ann, key.pub"' in done.stdout
    assert re.search(r"Principals: *\n +ann\n", done.stdout)
    assert 88 <= int(done.stdout.split()[-1]) <= 95
