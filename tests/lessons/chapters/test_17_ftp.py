"""Chapter 17: what its transcripts cannot show."""

from __future__ import annotations

import hashlib
import importlib
import os
import posixpath
import signal
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest

from netplay import Lab
from netplay.credentials.certificates import Issuer
from netplay.lab.planning import lessons

FOLDER = lessons() / "17-ftp"
IN_LAB = f"/lessons/{FOLDER.name}"
TREE = {
    "/README": b"one\r\ntwo\r\n",
    "/pub/big": bytes(range(256)) * 1000,
    "/pub/maps/README": b"maps",
    "/pub/maps/earth/cities": b"Vienna\n",
    "/pub/maps/earth/coasts/lundy": b"51.18\n",
}


def load(name: str) -> ModuleType:
    """A program of the chapter as a module; its siblings can be found, but only meanwhile."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


class Talk(socketserver.StreamRequestHandler):
    """One visitor of the scripted server below."""

    server: Scripted

    def handle(self) -> None:
        self.folder, self.begin, self.private = "/", 0, False
        with suppress(OSError), ExitStack() as self.listeners:
            self.say("220 scripted")
            while line := self.rfile.readline():  # AUTH changes rfile
                verb, _, word = line.decode("latin-1").rstrip("\r\n").partition(" ")
                self.server.heard.append(f"{verb} {word}".strip())
                if (reply := self.server.replies.get(verb)) == "HANG UP":
                    return
                if reply:
                    self.say(reply)
                else:
                    getattr(self, verb.lower(), self.fine)(word)

    def say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")

    def fine(self, word: str) -> None:
        self.say("200 fine")

    def path(self, word: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, word))

    def user(self, word: str) -> None:
        self.say("331 and the password?")

    def cwd(self, word: str) -> None:
        folder = self.path(word)
        found = any(f"{path}/".startswith(f"{folder}/") for path in self.server.tree)
        if (found and folder not in self.server.tree) or folder == "/":
            self.folder = folder
            self.say("250 there")
        else:
            self.say("550 no such folder")

    def auth(self, word: str) -> None:
        if self.server.context is None:
            self.say("502 no TLS here")
            return
        self.say("234 go on")
        self.request = self.server.context.wrap_socket(self.connection, server_side=True)
        self.setup_files()

    def setup_files(self) -> None:
        self.connection = self.request
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def prot(self, word: str) -> None:
        self.private = word == "P"
        self.say("200 protected")

    def pasv(self, word: str) -> None:
        self.passive = self.listeners.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = self.passive.getsockname()[1]
        # A lie: whoever believes this address is never seen again.
        self.say(f"227 here (192,0,2,1,{port >> 8},{port & 255})")

    def size(self, word: str) -> None:
        self.say(f"213 {len(self.server.tree[self.path(word)])}")

    def rest(self, word: str) -> None:
        self.begin = int(word)
        self.say("350 from there")

    def retr(self, word: str) -> None:
        if (path := self.path(word)) not in self.server.tree:
            self.say("550 no such file")
            return
        content, self.begin = self.server.tree[path][self.begin :], 0
        self.send(content if self.server.cut is None else content[: self.server.cut])

    def send(self, content: bytes) -> None:
        self.say("150 it comes")
        data, _ = self.passive.accept()
        with data:
            data.sendall(content)
            if self.server.stall:
                self.server.stalled.set()
                self.rfile.read(1)  # until the client has gone
        self.say("226 done" if self.server.cut is None else "426 broken")

    def names(self) -> dict[str, bool]:
        """What is in the folder, and whether each is one."""
        prefix = self.folder.rstrip("/") + "/"
        inside = [path.removeprefix(prefix) for path in self.server.tree if path.startswith(prefix)]
        found = {path.partition("/")[0]: "/" in path for path in inside}
        return dict.fromkeys(self.server.names, False) if self.server.names else found

    def nlst(self, word: str) -> None:
        self.send("".join(f"{name}\r\n" for name in self.names()).encode())

    def mlsd(self, word: str) -> None:
        lines = [f"type={'dir' if is_dir else 'file'}; {n}" for n, is_dir in self.names().items()]
        self.send("".join(f"{line}\r\n" for line in ["type=cdir; .", *lines]).encode())

    def stor(self, word: str) -> None:
        self.say("150 send it")
        data, _ = self.passive.accept()
        if self.server.verdict.startswith("5"):
            # SO_LINGER for no time: the connection is reset.
            data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            data.close()
            self.say(self.server.verdict)
            return
        if self.private and self.server.context is not None:
            data = self.server.context.wrap_socket(data, server_side=True)
        with data, data.makefile("rb") as file:
            self.server.tree[self.path(word)] = file.read()
            if isinstance(data, ssl.SSLSocket):
                data.unwrap()
        self.say(self.server.verdict)


class Scripted(socketserver.ThreadingTCPServer):
    """An FTP server at loopback that does what a test wants, and remembers what it heard."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, **replies: str) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.tree, self.replies, self.heard = dict(TREE), replies, list[str]()
        self.cut: int | None = None
        self.verdict = "226 done"
        self.stall, self.stalled = False, threading.Event()
        self.names: list[str] = []
        self.context: ssl.SSLContext | None = None

    @property
    def port(self) -> str:
        return str(self.server_address[1])


@contextmanager
def serving(**replies: str) -> Iterator[Scripted]:
    with Scripted(**replies) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def command(program: str, *words: str) -> list[str]:
    return [sys.executable, str(FOLDER / program), *words]


def run(
    program: str, server: Scripted, *words: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(program, "-p", server.port, "127.0.0.1", *words),
        cwd=cwd,
        input=b"abc123\n",
        capture_output=True,
        timeout=30,
        start_new_session=True,  # no terminal: getpass reads its standard input
        env={**os.environ, **environment},
    )


def one_sentence(done: subprocess.CompletedProcess[bytes], status: int = 1) -> str:
    assert done.returncode == status, done.stderr
    text = done.stderr.decode()
    assert "Traceback" not in text
    return text.strip().splitlines()[-1]


# Names and addresses


def test_no_program_hides_a_module_of_the_standard_library() -> None:
    stems = {program.stem for program in FOLDER.glob("*.py")}
    assert stems.isdisjoint(sys.stdlib_module_names)
    assert all(stem.isidentifier() for stem in stems)


def test_no_program_is_tied_to_a_host_of_the_internet() -> None:
    for program in FOLDER.glob("*.py"):
        text = program.read_text()
        assert "ibiblio" not in text
        assert "kernel.org" not in text
    assert load("ftp_session").SERVER.parse_args([]).host == "ftp.example.com"


# Downloads


def test_a_text_gets_the_line_ends_of_this_computer_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original doubled the CR where lines end in CR LF."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "linesep", "\r\n")

    class Ftp:
        encoding = "utf-8"

        def login(self) -> None:
            pass

        def retrlines(self, command: str, write: Any) -> None:
            write("caf\xe9")
            write("")

    load("asciidl").main(Ftp(), "/pub/README")
    assert (tmp_path / "README").read_bytes() == b"caf\xe9\r\n\r\n"


def test_texts_and_other_files_arrive(tmp_path: Path) -> None:
    with serving() as server:
        done = run("asciidl.py", server, "/README", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert run("binarydl.py", server, "/pub/big", cwd=tmp_path).returncode == 0
    assert (tmp_path / "README").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "big").read_bytes() == TREE["/pub/big"]
    assert server.heard[-1] == "QUIT"


@pytest.mark.parametrize("program", ["asciidl.py", "binarydl.py", "advbinarydl.py"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, program: str) -> None:
    (tmp_path / "README").write_text("mine")
    with serving() as server:
        done = run(program, server, "/README", cwd=tmp_path)
    assert one_sentence(done) == "refusing to overwrite your README file"
    assert (tmp_path / "README").read_text() == "mine"


@pytest.mark.parametrize("program", ["asciidl.py", "binarydl.py"])
def test_half_a_file_does_not_stay(tmp_path: Path, program: str) -> None:
    with serving() as server:
        server.cut = 1000
        done = run(program, server, "/pub/big", cwd=tmp_path)
    assert "426 broken" in one_sentence(done)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_download_quietly(tmp_path: Path) -> None:
    with serving() as server:
        server.stall = True
        words = command("binarydl.py", "-p", server.port, "127.0.0.1", "/pub/big")
        with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE) as process:
            assert server.stalled.wait(20)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    whole = TREE["/pub/big"]
    with serving() as server:
        server.cut = 100_000
        assert "426" in one_sentence(run("advbinarydl.py", server, "/pub/big", cwd=tmp_path))
        assert (tmp_path / "big.part").read_bytes() == whole[:100_000]
        assert not (tmp_path / "big").exists()
        server.cut = None
        done = run("advbinarydl.py", server, "/pub/big", cwd=tmp_path)
    assert done.returncode == 0
    assert "REST 100000" in server.heard
    assert (tmp_path / "big").read_bytes() == whole
    assert not (tmp_path / "big.part").exists()


def test_a_wrong_size_is_noticed(tmp_path: Path) -> None:
    with serving(SIZE="213 300000") as server:
        done = run("advbinarydl.py", server, "/pub/big", cwd=tmp_path)
    assert one_sentence(done) == "big should have 300000 bytes"
    assert not (tmp_path / "big").exists()


def test_progress_is_one_line_that_is_written_over(tmp_path: Path) -> None:
    progress = load("advbinarydl").progress
    assert progress(500, 1000) == "500 of 1000 total bytes (50.0%)"
    assert progress(500, None) == "500 bytes"
    local = tmp_path / "numbers"
    local.write_bytes(bytes(20_000))
    with serving() as server:
        done = run("advbinaryul.py", server, "brandon", str(local), ".", "--clear", cwd=tmp_path)
    lines = done.stdout.split(b"\r")
    assert lines[1:] == [
        b"Sent 8192 of 20000 bytes (41.0%)",
        b"Sent 16384 of 20000 bytes (81.9%)",
        b"Sent 20000 of 20000 bytes (100.0%)\n",
    ]
    assert server.tree["/numbers"] == bytes(20_000)


# Trees


@pytest.mark.parametrize("replies", [{}, {"MLSD": "500 what?"}, {"MLSD": "502 no"}])
def test_a_tree_is_really_copied(tmp_path: Path, replies: dict[str, str]) -> None:
    """The original walked, and downloaded nothing."""
    with serving(**replies) as server:
        done = run("recursedl.py", server, "/pub/maps", cwd=tmp_path)
    assert done.stderr == b""
    folders = ["/pub/maps", "/pub/maps/earth", "/pub/maps/earth/coasts"]
    assert done.stdout.decode().splitlines() == folders
    for path, content in TREE.items():
        if path.startswith("/pub/maps/"):
            assert (tmp_path / path.removeprefix("/pub/")).read_bytes() == content


def test_mlsd_saves_the_guessing(tmp_path: Path) -> None:
    with serving() as server:
        run("recursedl.py", server, "/pub/maps", cwd=tmp_path)
    assert sum(line.startswith("CWD") for line in server.heard) == 3


def test_other_refusals_of_mlsd_are_not_hidden(tmp_path: Path) -> None:
    with serving(MLSD="550 you may not") as server:
        done = run("recursedl.py", server, "/pub/maps", cwd=tmp_path)
    assert one_sentence(done) == "127.0.0.1: 550 you may not"


def test_a_dry_run_and_a_wrong_name_leave_nothing(tmp_path: Path) -> None:
    with serving() as server:
        assert run("recursedl.py", server, "/pub/maps", "-n", cwd=tmp_path).returncode == 0
        assert "550" in one_sentence(run("recursedl.py", server, "/nowhere", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mlsd", [True, False])
@pytest.mark.parametrize("name", ["../evil", "/evil", ".."])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, mlsd: bool, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with serving(**({} if mlsd else {"MLSD": "500 what?"})) as server:
        server.names = [name]
        server.tree["/evil"] = server.tree["/pub/evil"] = b"gotcha"
        done = run("recursedl.py", server, "/pub/maps", cwd=inside)
    assert one_sentence(done) == f"127.0.0.1: the server has an impossible name: {name!r}"
    assert list(tmp_path.iterdir()) == [inside]


# mirror.py, as far as it needs no library


class Lister:
    def __init__(self, *paths: str) -> None:
        self.paths = paths

    async def list(self, folder: str, recursive: bool) -> AsyncIterator[tuple[PurePosixPath, Any]]:
        for path in self.paths:
            yield PurePosixPath(path), {"type": "dir" if path.endswith("/") else "file"}


@pytest.mark.parametrize("path", ["/pub/../../etc/passwd", "/etc/passwd", "/public/x"])
def test_a_mirror_stays_in_its_folder(path: str) -> None:
    import asyncio

    jobs = load("mirror").jobs_of
    with pytest.raises(ValueError, match=r"impossible name|not in the subpath"):
        asyncio.run(jobs(Lister(path), "/pub", Path("m")))
    [(_, here, _)] = asyncio.run(jobs(Lister("/pub/a/b", "/pub/c/"), "/pub", Path("m")))
    assert here == Path("m/a/b")


def test_a_file_is_current_if_size_and_time_agree(tmp_path: Path) -> None:
    is_current = load("mirror").is_current
    file = tmp_path / "x"
    assert not is_current(file, 3, 1e9)
    file.write_bytes(b"abc")
    os.utime(file, (1e9, 1e9))
    assert is_current(file, 3, 1e9)
    assert not is_current(file, 4, 1e9)
    assert not is_current(file, 3, 1e9 + 1)


def test_checksums_find_what_is_wrong_or_missing(tmp_path: Path) -> None:
    wrong = load("checksums").wrong
    assert wrong(tmp_path) == []
    (tmp_path / "a file").write_bytes(b"abc")
    (tmp_path / "bad").write_bytes(b"abd")
    digest = hashlib.sha256(b"abc").hexdigest()
    names = ("a file", "bad", "gone")
    (tmp_path / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name in names))
    assert wrong(tmp_path) == [tmp_path / "bad", tmp_path / "gone"]


# Uploads


@pytest.fixture(scope="module")
def authority() -> Issuer:
    return Issuer.new("a test's own authority", time.time())


def secured(server: Scripted, authority: Issuer, name: str, folder: Path) -> dict[str, str]:
    """Gives *server* a certificate for *name*; the environment that trusts its authority."""
    leaf = authority.leaf([name], time.time())
    (folder / "ca.pem").write_text(authority.certificate.chain)
    (folder / "host.pem").write_text(leaf.key + leaf.chain)
    server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.context.load_cert_chain(folder / "host.pem")
    return {"SSL_CERT_FILE": str(folder / "ca.pem")}


@pytest.mark.parametrize("program", ["binaryul.py", "advbinaryul.py", "ftps_upload.py"])
def test_an_upload_hides_the_talk_and_the_file(
    tmp_path: Path, authority: Issuer, program: str
) -> None:
    local = tmp_path / "numbers"
    local.write_bytes(b"1\n2\n")
    with serving() as server:
        trust = secured(server, authority, "127.0.0.1", tmp_path)
        done = run(program, server, "brandon", str(local), ".", cwd=tmp_path, **trust)
    assert done.returncode == 0, done.stderr
    assert server.heard[:5] == ["AUTH TLS", "USER brandon", "PASS abc123", "PBSZ 0", "PROT P"]
    assert server.tree["/numbers"] == b"1\n2\n"


@pytest.mark.parametrize("program", ["binaryul.py", "advbinaryul.py", "ftps_upload.py"])
def test_a_server_without_tls_hears_no_password(tmp_path: Path, program: str) -> None:
    local = tmp_path / "x"
    local.touch()
    with serving() as server:
        done = run(program, server, "brandon", str(local), ".", cwd=tmp_path)
    assert one_sentence(done) == "127.0.0.1: 502 no TLS here"
    assert server.heard == ["AUTH TLS"]


@pytest.mark.parametrize("program", ["binaryul.py", "advbinaryul.py", "ftps_upload.py"])
@pytest.mark.parametrize("flaw", ["name", "authority"])
def test_a_wrong_certificate_hears_no_password(
    tmp_path: Path, authority: Issuer, program: str, flaw: str
) -> None:
    local = tmp_path / "x"
    local.touch()
    with serving() as server:
        name = "bank.example" if flaw == "name" else "127.0.0.1"
        trust = secured(server, authority, name, tmp_path)
        if flaw == "authority":
            trust = {"SSL_CERT_FILE": "/dev/null"}
        done = run(program, server, "brandon", str(local), ".", cwd=tmp_path, **trust)
    assert one_sentence(done).startswith("I don't trust 127.0.0.1: ")
    assert server.heard == ["AUTH TLS"]


def test_a_disk_that_is_full_is_noticed(tmp_path: Path) -> None:
    local = tmp_path / "x"
    local.write_bytes(b"x")
    for program in "binaryul.py", "advbinaryul.py":
        with serving(STOR="552 the disk is full") as server:
            done = run(program, server, "brandon", str(local), ".", "--clear", cwd=tmp_path)
        assert one_sentence(done) == "127.0.0.1: 552 the disk is full"
        with serving() as server:
            server.verdict = "452 the disk is full now"
            done = run(program, server, "brandon", str(local), ".", "--clear", cwd=tmp_path)
        assert one_sentence(done) == "127.0.0.1: 452 the disk is full now"


def test_a_file_that_is_not_there_needs_no_password(tmp_path: Path) -> None:
    with serving() as server:
        done = run("binaryul.py", server, "brandon", "nothing", ".", cwd=tmp_path)
    assert one_sentence(done) == "no such file: nothing"
    assert server.heard == []


@pytest.mark.parametrize("program", ["binaryul.py", "advbinaryul.py"])
def test_when_a_data_connection_breaks_the_other_one_says_why(tmp_path: Path, program: str) -> None:
    local = tmp_path / "x"
    local.write_bytes(bytes(10_000_000))
    with serving() as server:
        server.verdict = "552 more than the quota"
        done = run(program, server, "brandon", str(local), ".", "--clear", cwd=tmp_path)
    assert one_sentence(done) == "127.0.0.1: 552 more than the quota"


# Failure in one sentence


@pytest.mark.parametrize(
    ("replies", "sentence"),
    [
        ({"USER": "HANG UP"}, "127.0.0.1: the server has hung up"),
        ({"PASS": "530 not you"}, "127.0.0.1: 530 not you"),
        ({"NLST": "450 not now"}, "127.0.0.1: 450 not now"),
        ({"NLST": "nonsense"}, "127.0.0.1: nonsense"),
    ],
)
def test_failures_are_one_sentence(tmp_path: Path, replies: dict[str, str], sentence: str) -> None:
    with serving(**replies) as server:
        assert one_sentence(run("nlst.py", server, "/pub", cwd=tmp_path)) == sentence


def test_a_name_with_a_line_end_is_no_second_command(tmp_path: Path) -> None:
    with serving() as server:
        done = run("binarydl.py", server, "x\r\nDELE README", cwd=tmp_path)
    assert "illegal newline" in one_sentence(done)
    assert not any("DELE" in line for line in server.heard)


def test_the_address_in_227_is_not_believed(tmp_path: Path) -> None:
    with serving() as server:  # which always lies
        done = run("nlst.py", server, "/pub", cwd=tmp_path)
    assert done.stdout == b"2 entries:\nbig\nmaps\n"


@pytest.mark.parametrize(
    ("program", "words", "sentence"),
    [
        ("webdav_put.py", ["http://host/", "me", "x"], "must be https://"),
        ("sftp_vs_ftps.py", ["gopher://host/x"], "no way to fetch 'gopher' URLs"),
        ("binaryul.py", ["host"], "the following arguments are required"),
        ("tftp_get.py", ["host", "x", "-p", "many"], "invalid int value"),
    ],
)
def test_mistakes_of_the_user_have_status_2(program: str, words: list[str], sentence: str) -> None:
    done = subprocess.run(command(program, *words), capture_output=True, timeout=30)
    assert sentence in one_sentence(done, 2)


# TFTP


@contextmanager
def tftp_client(
    folder: Path, name: str = "x"
) -> Iterator[tuple[socket.socket, tuple[str, int], subprocess.Popen[bytes]]]:
    """A client that has asked, its address, and a server's socket of this transfer."""
    with (
        socket.socket(type=socket.SOCK_DGRAM) as door,
        socket.socket(type=socket.SOCK_DGRAM) as sock,
    ):
        door.bind(("127.0.0.1", 0))
        sock.bind(("127.0.0.1", 0))
        door.settimeout(20)
        sock.settimeout(20)
        words = command("tftp_get.py", "127.0.0.1", name, "-p", str(door.getsockname()[1]))
        pipe = subprocess.PIPE
        with subprocess.Popen(words, cwd=folder, stdout=pipe, stderr=pipe) as process:
            try:
                request, address = door.recvfrom(1000)
                assert request == b"\0\1" + name.encode() + b"\0octet\0"
                yield sock, address, process
            finally:
                process.kill()


def data(number: int, content: bytes) -> bytes:
    return struct.pack("!HH", 3, number) + content


def ack(number: int) -> bytes:
    return struct.pack("!HH", 4, number)


def test_tftp_repeats_and_ignores_old_copies_and_strangers(tmp_path: Path) -> None:
    with (
        tftp_client(tmp_path) as (sock, address, process),
        socket.socket(type=socket.SOCK_DGRAM) as stranger,
    ):
        sock.sendto(data(1, bytes(512)), address)
        assert sock.recv(100) == ack(1)
        stranger.sendto(data(2, b"evil"), address)
        sock.sendto(b"?", address)
        before = time.monotonic()
        sock.sendto(data(1, bytes(512)), address)  # an old copy: no answer to it ...
        assert sock.recv(100) == ack(1)
        assert time.monotonic() - before > 0.2  # ... but only when block 2 does not come
        sock.sendto(data(2, b"good"), address)
        assert sock.recv(100) == ack(2)
        output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, b"516 bytes\n")
    assert (tmp_path / "x").read_bytes() == bytes(512) + b"good"


def test_tftp_knows_an_empty_last_block(tmp_path: Path) -> None:
    with tftp_client(tmp_path) as (sock, address, process):
        for number, content in (1, bytes(512)), (2, b""):
            sock.sendto(data(number, content), address)
            assert sock.recv(100) == ack(number)
        assert process.wait(20) == 0
    assert (tmp_path / "x").read_bytes() == bytes(512)


def test_tftp_counts_on_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """32 MB have more blocks than two bytes can count."""
    tftp = load("tftp_get")
    numbers = list[int]()

    def receive(sock: object, number: int, host: str, port: object) -> tuple[bytes, int]:
        numbers.append(number)
        return bytes(tftp.SIZE if len(numbers) < 65538 else 0), 1000

    class Sink:
        def sendto(self, packet: bytes, address: object) -> None:
            pass

    monkeypatch.setattr(tftp, "receive", receive)
    assert sum(map(len, tftp.blocks(Sink(), "host", 69, "x"))) == 65537 * 512
    assert numbers[-4:] == [65535, 0, 1, 2]


def test_tftp_says_the_server_s_words_and_keeps_nothing(tmp_path: Path) -> None:
    with tftp_client(tmp_path) as (sock, address, process):
        sock.sendto(struct.pack("!HH", 5, 1) + b"File not found\0", address)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (1, b"127.0.0.1: File not found\n")
    assert list(tmp_path.iterdir()) == []


# On the nodes, with the libraries


@pytest.mark.lab
def test_a_mirror_of_the_archive_is_the_archive(lab: Lab) -> None:
    script = f"cd $(mktemp -d) && python3 {IN_LAB}/mirror.py /pub m > log && wc -l < log && "
    script += f"python3 {IN_LAB}/mirror.py /pub m && cd m && find -type f | sort | xargs sha256sum"
    there = lab["ftp"].run("sh", "-c", "cd /srv/ftp/pub; find -type f | sort | xargs sha256sum")
    done = lab["h1"].run("bash", "-c", script, timeout=60)
    count, _, sums = done.stdout.partition("\n")
    assert (sums, done.stderr) == (there.stdout, "")
    assert int(count) == len(sums.splitlines())


@pytest.mark.lab
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("connect.py nobody.example.com", "nobody.example.com: Name or service not known"),
        ("connect.py www.example.com", "www.example.com: Connection refused"),
        ("mirror.py /pub /tmp/m --host www.example.com", "www.example.com: "),
        ("ftp_server.py /nowhere", "/nowhere at port 2121: "),
        ("ftp_server.py /tmp -p 22", "/tmp at port 22: "),
        ("sftp_vs_ftps.py sftp://brandon@ftp.example.com/nix", "sftp://brandon@ftp.example.com/"),
        ("sftp_vs_ftps.py https://wrong.example.com/", "https://wrong.example.com/: "),
    ],
)
def test_failures_on_nodes_are_one_sentence(lab: Lab, words: str, sentence: str) -> None:
    script = f"cd {IN_LAB}; python3 {words}"
    done = lab["h1"].run("bash", "-c", script, timeout=60)
    assert done.returncode == 1, done.stdout
    assert done.stderr.splitlines()[-1].startswith(sentence)
    assert "Traceback" not in done.stderr


@pytest.mark.lab
def test_an_upload_beyond_the_quota_leaves_no_half_file(lab: Lab) -> None:
    script = (
        "d=$(mktemp -d); head -c 3000 /dev/zero > $d/old; cd " + IN_LAB + "\n"
        "python3 ftp_server.py $d --host 127.0.0.1 -p 2199 --quota 200000 > /dev/null & s=$!\n"
        "head -c 900000 /dev/zero > /tmp/new\n"
        "curl -s --retry 50 --retry-delay 0 --retry-connrefused ftp://127.0.0.1:2199/\n"
        "curl -sS -T /tmp/new ftp://127.0.0.1:2199/ || ls $d\n"
        "kill $s; wait $s; rm -r $d /tmp/new"
    )
    done = lab["h2"].run("bash", "-c", script, timeout=60)
    assert done.stdout.splitlines()[1:] == ["old"]  # the first is curl's list
