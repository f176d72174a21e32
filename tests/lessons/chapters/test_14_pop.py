"""Chapter 14: what its transcripts cannot show."""

from __future__ import annotations

import ast
import asyncio
import importlib
import os
import poplib
import socketserver
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netplay import Lab
from netplay.lab.planning import lessons
from netplay.playground import playground

FOLDER = lessons() / "14-pop"
IN_LAB = f"/lessons/{FOLDER.name}"
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py") if path.name != "pop_login.py")
CLIENTS = [name for name in PROGRAMS if name != "strip_stls.py"]
MORE = {"pop_uidl.py": ["/tmp/x.db"], "pop_to_maildir.py": ["/tmp/x"]}  # beside host and user
Answer = tuple[bytes, list[bytes], int]
HELLO = {"USER": "+OK", "PASS": "+OK", "QUIT": "+OK", "STAT": "+OK 1 9"}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in [*PROGRAMS, "pop_login.py"]:
        sys.modules.pop(name.removesuffix(".py"), None)


def run(program: str, *words: str, input: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, input=input)
    assert "Traceback" not in done.stderr
    return done


class Server(socketserver.ThreadingTCPServer):
    """A POP server that answers as it is told, and remembers what it was told."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answers: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers = {**HELLO, **answers}
        self.commands: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.wfile.write(b"+OK ready\r\n")
        while line := self.rfile.readline():
            self.server.commands.append(line.decode().rstrip())
            answer = self.server.answers.get(line.decode().split()[0], "-ERR what?")
            self.wfile.write(answer.replace("\n", "\r\n").encode() + b"\r\n")


@contextmanager
def server(**answers: str) -> Iterator[Server]:
    with Server(answers) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


class Box:
    """A mailbox without a server: uids and messages; what is done to it is in `log`."""

    def __init__(self, **messages: bytes) -> None:
        self.messages = list(messages.items())
        self.log: list[str] = []

    def list(self) -> Answer:
        sizes = enumerate((len(content) for _, content in self.messages), 1)
        return b"+OK", [b"%d %d and more words" % size for size in sizes], 0

    def uidl(self) -> Answer:
        uids = enumerate((uid.partition("__")[0] for uid, _ in self.messages), 1)
        return b"+OK", [f"{n} {uid}".encode() for n, uid in uids], 0

    def retr(self, number: int | str) -> Answer:
        self.log.append(f"RETR {number}")
        return b"+OK", self.messages[int(number) - 1][1].split(b"\r\n"), 0

    def top(self, number: int, lines: int) -> Answer:
        assert lines == 0
        return b"+OK", self.messages[number - 1][1].partition(b"\r\n\r\n")[0].split(b"\r\n"), 0

    def dele(self, number: int | str) -> None:
        self.log.append(f"DELE {number}")


# What the originals got wrong: certificates, names of files


@pytest.mark.parametrize("program", [*CLIENTS, "pop_login.py"])
def test_every_tls_has_a_context_that_checks(program: str) -> None:
    tree = ast.parse((FOLDER / program).read_text())
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", "")
        if name in ("POP3_SSL", "stls"):
            assert "context" in [ast.unparse(arg) for arg in call.args] + [
                word.arg for word in call.keywords
            ]


@pytest.mark.lab
@pytest.mark.parametrize("program", CLIENTS)
def test_a_certificate_of_an_unknown_authority_is_refused(program: str, lab: Lab) -> None:
    trust = {"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/nowhere"}
    words = ["mail.example.com", "brandon", *MORE.get(program, [])]
    done = lab["h1"].run("python3", f"{IN_LAB}/{program}", *words, input="abc123\n", env=trust)
    assert done.returncode == 1
    assert done.stderr == "mail.example.com: unable to get local issuer certificate\n"
    lab["h1"].run("rm", "-rf", "/tmp/x", "/tmp/x.db", check=True)


def test_no_name_hides_a_module_of_python_and_all_can_be_imported() -> None:
    names = [path.stem for path in FOLDER.glob("*.py")]
    assert not set(names) & set(sys.stdlib_module_names)
    assert all(name.isidentifier() for name in names)


# Users' mistakes


@pytest.mark.parametrize("program", PROGRAMS)
def test_too_few_words_are_a_matter_of_usage(program: str) -> None:
    done = run(program, "mail.example.com")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


def test_a_maildir_that_cannot_be_made(tmp_path: Path) -> None:
    done = run("pop_to_maildir.py", "mail.example.com", "brandon", str(tmp_path / "no" / "where"))
    assert done.returncode == 2
    assert "No such file or directory" in done.stderr


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "no" / "where.db")
    done = run("pop_uidl.py", "mail.example.com", "brandon", path)
    assert (done.returncode, done.stderr) == (1, f"{path}: unable to open database file\n")


@pytest.mark.lab
@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("www.example.com", "www.example.com: [Errno 111] Connection refused\n"),
        ("nobody.example.com", "nobody.example.com: [Errno -2] Name or service not known\n"),
    ],
)
def test_nobody_there(host: str, sentence: str, lab: Lab) -> None:
    done = lab["h1"].run("python3", f"{IN_LAB}/popconn.py", host, "brandon", timeout=60)
    assert (done.returncode, done.stderr) == (1, sentence)


# In clear


@pytest.mark.parametrize("capa", ["+OK\nUSER\nSASL PLAIN\n.", "-ERR what?"])
def test_without_stls_no_name_and_no_password_is_sent(capa: str) -> None:
    with server(CAPA=capa) as old:
        done = run("pop_stls.py", "-p", str(old.port), "127.0.0.1", "brandon", input="abc123\n")
    assert done.returncode == 1
    assert done.stderr.startswith("No password was sent: -ERR ")
    assert old.commands == ["CAPA"]


def test_a_server_that_cannot_do_what_it_says() -> None:
    with server(CAPA="+OK\nSTLS\n.", STLS="+OK") as liar:  # no handshake follows
        liar.answers["\x16\x03\x01"] = "+OK"
        done = run("pop_stls.py", "-p", str(liar.port), "127.0.0.1", "brandon", input="abc123\n")
    assert done.returncode == 1
    assert done.stderr.startswith("127.0.0.1: ")
    assert not any("brandon" in command for command in liar.commands)


@pytest.mark.parametrize(
    ("capa", "user", "encrypted", "way"),
    [
        ({"USER": []}, "ann", False, "not at all: others could read the password"),
        ({"USER": [], "STLS": []}, "ann", False, "STLS first"),
        ({"USER": [], "SASL": ["PLAIN"]}, "ann", True, "USER and PASS"),
        ({"SASL": ["LOGIN", "PLAIN"]}, "ann", True, "AUTH PLAIN"),
        ({"USER": [], "SASL": ["PLAIN"]}, "bjørn", True, "AUTH PLAIN"),
        ({"USER": [], "UTF8": ["USER"]}, "bjørn", True, "USER and PASS"),
        ({"USER": [], "UTF8": []}, "bjørn", True, "not at all: we don't know its ways"),
        ({"SASL": ["GSSAPI"]}, "ann", True, "not at all: we don't know its ways"),
    ],
)
def test_the_way_in(
    capa: dict[str, list[str]], user: str, encrypted: bool, way: str, load: Any
) -> None:
    assert load("pop_capa").way_in(capa, user, encrypted) == way


def test_the_man_in_the_middle_leaves_out_one_line(load: Any) -> None:
    class Sink(bytearray):
        write = bytearray.extend
        closed = False

        def close(self) -> None:
            self.closed = True

    async def relayed() -> Sink:
        reader, sink = asyncio.StreamReader(), Sink()
        reader.feed_data(b"+OK\r\nTOP\r\nSTLS\r\nstls \r\nUSER\r\n.\r\n")
        reader.feed_eof()
        await load("strip_stls").answers(reader, sink)
        return sink

    sink = asyncio.run(relayed())
    assert bytes(sink) == b"+OK\r\nTOP\r\nUSER\r\n.\r\n"
    assert sink.closed


# QUIT: only if all is well


@contextmanager
def logged_in(load: Any, monkeypatch: pytest.MonkeyPatch, peer: Server) -> Iterator[Any]:
    def connect(host: str, **_: object) -> poplib.POP3:
        return poplib.POP3(host, peer.port, timeout=10)

    monkeypatch.setattr(poplib, "POP3_SSL", connect)
    monkeypatch.setattr("getpass.getpass", lambda: "abc123")
    with load("pop_login").logged_in("127.0.0.1", "brandon") as pop:
        yield pop


def test_all_went_well(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as peer, logged_in(load, monkeypatch, peer) as pop:
        assert pop.stat() == (1, 9)
    assert peer.commands == ["USER brandon", "PASS abc123", "STAT", "QUIT"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, EOFError, ValueError, sqlite3.Error])
def test_who_is_interrupted_hangs_up(
    error: type[BaseException], load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def session(peer: Server) -> None:
        with logged_in(load, monkeypatch, peer) as pop:
            pop.dele(1)
            raise error

    expected = SystemExit if error in (KeyboardInterrupt, EOFError) else error
    with server(DELE="+OK") as peer, pytest.raises(expected) as caught:
        session(peer)
    assert peer.commands[-1] == "DELE 1"
    assert not isinstance(caught.value, SystemExit) or caught.value.code == 130


def test_a_line_that_is_too_long(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def session(peer: Server) -> None:
        with logged_in(load, monkeypatch, peer) as pop:
            pop.retr(1)

    long = f"+OK\n{'x' * 3000}\n."
    with server(RETR=long) as peer, pytest.raises(SystemExit, match=r"^127.0.0.1: line too long$"):
        session(peer)
    assert "QUIT" not in peer.commands


def test_what_a_server_says_cannot_steer_the_terminal(
    load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def session(peer: Server) -> None:
        with logged_in(load, monkeypatch, peer):
            pass

    with server(PASS="-ERR \x1b[2J no") as peer, pytest.raises(SystemExit) as caught:
        session(peer)
    assert caught.value.code == "Login failed: -ERR ?[2J no"


# Listing and reading


def test_a_list_with_more_words_than_expected(load: Any, capsys: Any) -> None:
    load("pop_list").main(Box(a=b"12", b=b""))
    assert capsys.readouterr().out == "Message 1 has 2 bytes\nMessage 2 has 0 bytes\n"


def test_an_empty_list(load: Any, capsys: Any) -> None:
    load("pop_list").main(Box())
    assert capsys.readouterr().out == "No messages\n"


def reading(load: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch, mail: bytes) -> str:
    monkeypatch.setattr("builtins.input", lambda question: "y" if "Read" in question else "")
    box = Box(a=mail)
    load("download_and_delete").main(box)
    assert box.log == ["RETR 1"]
    return str(capsys.readouterr().out)


TYPE = b"Content-Type: text/plain; charset=%b\r\nContent-Transfer-Encoding: %b\r\n\r\n"


@pytest.mark.parametrize(
    ("mail", "shown"),
    [
        (TYPE % (b"utf-8", b"8bit") + "Søren\r\n".encode(), "Søren"),
        (TYPE % (b"latin-1", b"quoted-printable") + b"S=F8ren\r\n", "Søren"),
        (TYPE % (b"utf-8", b"base64") + b"U8O4cmVu\r\n", "Søren"),
        (TYPE % (b"x-klingon", b"8bit") + b"S\xf8ren\r\n", "S\N{REPLACEMENT CHARACTER}ren"),
        (TYPE % (b"ascii", b"8bit") + b"S\xf8ren\r\n", "S\N{REPLACEMENT CHARACTER}ren"),
        (TYPE % (b"utf-8", b"8bit") + b"\x1b]0;gotcha\x07\r\n", "?]0;gotcha?"),
        (b"Subject: nothing else\r\n\r\n", "-" * 72),
    ],
)
def test_letters_of_all_kinds(
    mail: bytes, shown: str, load: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown in reading(load, capsys, monkeypatch, mail).splitlines()


def test_a_header_in_eight_bits_and_one_that_lies(
    load: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = "From: Søren <s@example.org>\r\nSubject: =?utf-8?q?=1B[2Jhi=0AFrom:_bank?=\r\n\r\n"
    lines = reading(load, capsys, monkeypatch, mail.encode()).splitlines()
    assert "From: Søren <s@example.org>" in lines
    assert "From: bank" not in lines
    assert not any("\x1b" in line for line in lines)


# Leave it there


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "mail.db")
    yield connection
    connection.close()


def test_what_is_known_is_not_fetched_again(load: Any, db: sqlite3.Connection) -> None:
    synchronise = load("pop_uidl").synchronise
    first, second = Box(a=b"1", b=b"2"), Box(b=b"2", c=b"3")
    never = float("inf")
    assert synchronise(first, "x", db, never) == "2 fetched, 0 deleted there, 2 kept here"
    assert synchronise(second, "x", db, never) == "1 fetched, 0 deleted there, 3 kept here"
    assert (first.log, second.log) == (["RETR 1", "RETR 2"], ["RETR 2"])
    assert db.execute("SELECT content FROM message WHERE uid = 'c'").fetchone() == (b"3\r\n",)


def test_nothing_is_deleted_in_the_session_that_fetched_it(
    load: Any, db: sqlite3.Connection
) -> None:
    synchronise = load("pop_uidl").synchronise
    box = Box(a=b"1")
    synchronise(box, "x", db, 0)
    assert box.log == ["RETR 1"]
    assert synchronise(box, "x", db, 0) == "0 fetched, 1 deleted there, 1 kept here"
    assert box.log == ["RETR 1", "DELE 1"]


def test_days_are_counted_from_when_it_was_fetched(
    load: Any, db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronise = load("pop_uidl").synchronise
    box = Box(a=b"1")
    for now, deleted in ((1000, 0), (1099, 0), (1100, 1)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        assert f" {deleted} deleted" in synchronise(box, "x", db, 100)


def test_the_same_uid_in_two_accounts_is_two_messages(load: Any, db: sqlite3.Connection) -> None:
    synchronise = load("pop_uidl").synchronise
    for account in "xy":
        assert synchronise(Box(a=b"1"), account, db, 0).startswith("1 fetched")


def test_two_equal_messages_may_share_a_uid(load: Any, db: sqlite3.Connection) -> None:
    box = Box(a=b"1", a__again=b"1")
    assert load("pop_uidl").synchronise(box, "x", db, 0).startswith("1 fetched, 0 deleted")


def test_what_was_fetched_before_an_interruption_is_kept(load: Any, tmp_path: Path) -> None:
    class Broken(Box):
        def retr(self, number: int | str) -> Answer:
            if number == "2":
                raise KeyboardInterrupt
            return super().retr(number)

    synchronise = load("pop_uidl").synchronise
    path = tmp_path / "mail.db"
    connection = sqlite3.connect(path)
    with pytest.raises(KeyboardInterrupt):
        synchronise(Broken(a=b"1", b=b"2"), "x", connection, 0)
    connection.close()
    assert sqlite3.connect(path).execute("SELECT uid FROM message").fetchall() == [("a",)]


# Write, fsync, DELE


def maildir(load: Any, path: Path) -> Any:
    module = load("pop_to_maildir")
    module.Maildir(path)
    return module


def test_both_fsyncs_come_before_dele(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = maildir(load, tmp_path / "m")
    box = Box(a=b"Subject: 1\r\n\r\n.dot\r\n\xf8", b=b"2")
    kinds = {True: "fsync folder", False: "fsync file"}

    def fsync(fd: int) -> None:
        box.log.append(kinds[Path(os.readlink(f"/proc/self/fd/{fd}")).is_dir()])

    monkeypatch.setattr(os, "fsync", fsync)
    assert module.drain(box, tmp_path / "m") == (2, None)
    each = ["RETR {0}", "fsync file", "fsync folder", "DELE {0}"]
    assert box.log == [step.format(number) for number in (1, 2) for step in each]
    saved = {path.read_bytes() for path in (tmp_path / "m" / "new").iterdir()}
    assert saved == {b"Subject: 1\n\n.dot\n\xf8\n", b"2\n"}


def test_a_full_disk_keeps_the_rest_on_the_server(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = maildir(load, tmp_path / "m")
    box = Box(a=b"1", b=b"2", c=b"3")

    def fsync(fd: int) -> None:
        if "RETR 2" in box.log:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    saved, problem = module.drain(box, tmp_path / "m")
    assert (saved, problem.errno) == (1, 28)
    assert box.log == ["RETR 1", "DELE 1", "RETR 2"]
    assert not list((tmp_path / "m" / "tmp").iterdir())
    assert len(list((tmp_path / "m" / "new").iterdir())) == 1


def test_a_lost_connection_is_not_a_full_disk(load: Any, tmp_path: Path) -> None:
    class Lost(Box):
        def retr(self, number: int | str) -> Answer:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):  # so logged_in() says no QUIT
        maildir(load, tmp_path / "m").drain(Lost(a=b"1"), tmp_path / "m")


# What the playground of the original got wrong: all were deleted and all were still there.


@pytest.mark.lab
@pytest.mark.timeout(120)
def test_deleted_is_deleted_and_a_reset_brings_it_back() -> None:
    def count(lab: Lab) -> str:
        words = ("python3", f"{IN_LAB}/popconn.py", "mail.example.com", "brandon")
        return lab["h1"].run(*words, input="abc123\n", check=True).stdout

    with Lab(playground(), name="pop-delete") as lab:
        assert count(lab) == "You have 3 messages totaling 1784 bytes\n"
        answers = "abc123\n" + "n\ny\n" * 3
        words = ("python3", f"{IN_LAB}/download_and_delete.py", "mail.example.com", "brandon")
        done = lab["h1"].run(*words, input=answers, check=True)
        assert done.stdout.count("Deleted.") == 3
        assert count(lab) == "You have 0 messages totaling 0 bytes\n"
        lab.reset("mail")
        assert count(lab) == "You have 3 messages totaling 1784 bytes\n"
