"""What the transcripts of the chapter on IMAP cannot show."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netplay import Completed, Lab
from netplay.lessons.chapter import folders

FOLDER = next(folder for folder in folders() if folder.name == "15-imap")
HERE = f"/lessons/{FOLDER.name}"
HOST = "mail.example.com"

# Every client, and what it wants besides a server and a user.
CLIENTS = {
    "open_imaplib": (),
    "open_imap": (),
    "folder_info": ("INBOX",),
    "folder_summary": ("INBOX",),
    "simple_client": (),
    "imap_search": ("INBOX",),
    "imap_easy": ("INBOX",),
    "imap_move_flags": (),
    "imap_idle": (),
    "imap_sync": ("INBOX", "/tmp/never.db"),
}
each_client = pytest.mark.parametrize("name", CLIENTS)


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ch15_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def client(
    lab: Lab, name: str, *args: str, host: str = HOST, typed: str = "", password: str = "abc123"
) -> Completed:
    argv = ["python3", "-W", "ignore", f"{name}.py", host, "brandon", *args]
    return lab["h1"].run(argv, input=f"{password}\n{typed}", cwd=HERE, timeout=60)


def python(lab: Lab, script: str, input: str = "") -> Any:
    """What *script* prints, as JSON; it runs on h1, where the libraries are."""
    argv = ("python3", "-c", textwrap.dedent(script))
    return json.loads(lab["h1"].run(argv, input=input, cwd=HERE, check=True, timeout=60).stdout)


def flags(lab: Lab, folder: str) -> str:
    argv = ("doveadm", "fetch", "-u", "brandon", "uid flags", "mailbox", folder)
    words = lab["mail"].run(*argv, check=True).stdout.split()
    return " ".join(word for word in words if word != r"\Recent")


@contextmanager
def another_name(lab: Lab, name: str) -> Iterator[None]:
    """h1 believes that *name* is mail's, which the certificate does not say."""
    hosts = lab["h1"].run("cat", "/etc/hosts", check=True).stdout
    lab["h1"].run("tee", "-a", "/etc/hosts", input=f"10.130.1.3 {name}\n", check=True)
    try:
        yield
    finally:
        lab["h1"].run("tee", "/etc/hosts", input=hosts, check=True)


# Whom one talks to


@pytest.mark.lab
@each_client
def test_the_certificate_is_checked_before_a_password_is_asked_for(lab: Lab, name: str) -> None:
    with another_name(lab, "imap.example.org"):
        done = client(lab, name, *CLIENTS[name], host="imap.example.org")
    assert done.returncode == 1
    assert done.stderr.startswith("imap.example.org: Hostname mismatch")
    assert "Password" not in done.stdout + done.stderr


@pytest.mark.lab
def test_a_token_is_not_shown_to_a_stranger(lab: Lab) -> None:
    script = """
        import imap_oauth, json, ssl
        try:
            imap_oauth.main("imap.example.org", "brandon", "e30.e30.x", "XOAUTH2")
        except ssl.SSLCertVerificationError as error:
            print(json.dumps(error.verify_message))
    """
    with another_name(lab, "imap.example.org"):
        done = lab["h1"].run("python3", "-c", textwrap.dedent(script), cwd=HERE, check=True)
    assert "Hostname mismatch" in done.stdout


# What people get wrong


@pytest.mark.lab
@each_client
def test_a_wrong_password_is_one_sentence(lab: Lab, name: str) -> None:
    done = client(lab, name, *CLIENTS[name], password="abc124")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Could not log in")
    assert "Traceback" not in done.stderr
    assert "b'" not in done.stderr


@pytest.mark.lab
@each_client
def test_where_nobody_listens_is_one_sentence(lab: Lab, name: str) -> None:
    done = client(lab, name, *CLIENTS[name], host="www.example.com")
    assert (done.returncode, done.stderr) == (
        1,
        "www.example.com: [Errno 111] Connection refused\n",
    )


@pytest.mark.lab
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("folder_info", ()),
        ("folder_summary", ()),
        ("imap_search", ()),
        ("imap_easy", ()),
        ("imap_sync", ("/tmp/none.db",)),
    ],
)
def test_a_folder_that_is_not_there_is_one_sentence(
    lab: Lab, name: str, more: tuple[str, ...]
) -> None:
    done = client(lab, name, "Nowhere", *more)
    lab["h1"].run("rm", "-f", "/tmp/none.db")
    assert done.returncode == 1
    assert "Nowhere" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.lab
def test_without_arguments_the_usage_is_shown(lab: Lab) -> None:
    for name in (*CLIENTS, "imap_oauth", "issue_token", "jmap_client", "lmtp_deliver"):
        done = lab["h1"].run("python3", f"{HERE}/{name}.py")
        assert done.returncode == 2, name
        assert done.stderr.startswith(f"usage: {name}.py"), name


@pytest.mark.lab
def test_mistakes_with_tokens_are_one_sentence(lab: Lab) -> None:
    def said(*argv: str) -> tuple[int, str]:
        done = lab["h1"].run("python3", *argv, cwd=HERE)
        return done.returncode, done.stderr.rstrip()

    none = "/tmp/nothing: No such file or directory"
    assert said("imap_oauth.py", HOST, "brandon", "/tmp/nothing") == (1, none)
    assert said("jmap_client.py", "https://www.example.com", "/tmp/nothing") == (1, none)
    assert said("issue_token.py", "/tmp/nothing", "brandon") == (1, none)
    what = "/etc/hostname: not a private key in PEM"
    assert said("issue_token.py", "/etc/hostname", "brandon") == (1, what)
    what = "/etc/hostname: this is not a JSON Web Token"
    assert said("imap_oauth.py", HOST, "brandon", "/etc/hostname") == (1, what)


def test_mistakes_with_lmtp_are_one_sentence(tmp_path: Path) -> None:
    def said(*args: str) -> tuple[int, str]:
        argv = [sys.executable, str(FOLDER / "lmtp_deliver.py"), *args]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stderr.splitlines()[-1]

    mail = tmp_path / "mail"
    mail.write_text("Subject: x\n\nx\n")
    status, last = said("localhost", "brandon", str(mail))
    assert (status, last.partition("error: ")[2]) == (2, "the server is HOST:PORT")
    assert said("localhost:1", "brandon", str(mail)) == (1, "localhost:1: Connection refused")


# Looking changes nothing


@pytest.mark.lab
def test_looking_leaves_no_mark(lab: Lab) -> None:
    before = flags(lab, "Junk"), flags(lab, "INBOX")
    assert r"\Seen" not in before[0] + before[1]
    for name in ("folder_info", "folder_summary", "imap_search", "imap_easy"):
        assert client(lab, name, "Junk").returncode == 0
    typed = "INBOX\n3\n1.1\n2\nTEXT\nHEADER\nq\n1\n1\nq\nq\nq\n"
    done = client(lab, "simple_client", typed=typed)
    assert done.stdout.count("this is how they look without any markup") == 2  # in 1.1 and in TEXT
    assert (flags(lab, "Junk"), flags(lab, "INBOX")) == before


@pytest.mark.lab
def test_a_note_leaves_nothing_behind(lab: Lab) -> None:
    def contents() -> list[str]:
        return [flags(lab, folder) for folder in ("Drafts", "Trash", "INBOX")]

    before = contents()
    done = client(lab, "imap_move_flags")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Destroyed; left: []")
    assert contents() == before


@pytest.mark.lab
def test_expunge_spares_what_others_have_marked(lab: Lab) -> None:
    def mail(*argv: str) -> None:
        lab["mail"].run("doveadm", *argv, check=True)

    where = ("-u", "brandon", "mailbox", "Trash", "all")
    lab["mail"].run(
        *("doveadm", "save", "-u", "brandon", "-m", "Trash"), input="Subject: x\n\nx\n", check=True
    )
    try:
        mail("flags", "add", "-u", "brandon", r"\Deleted", "mailbox", "Trash", "all")
        assert client(lab, "imap_move_flags").returncode == 0
        assert flags(lab, "Trash").count("uid:") == 1
    finally:
        mail("expunge", *where)


# Real mail


@pytest.mark.lab
@pytest.mark.parametrize("folder", ["Junk", "Archive", "Archive/2014", "Café", "Lists", "Drafts"])
def test_curious_messages_are_summarised(lab: Lab, folder: str) -> None:
    done = client(lab, "folder_summary", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("Password: ", "").startswith("1: ")


@pytest.mark.lab
def test_a_character_set_that_nobody_knows_is_no_reason_to_stop(lab: Lab) -> None:
    script = r"""
        import json
        from email import message_from_bytes
        from email.policy import default
        from folder_summary import summary
        mails = [
            b"Content-Type: text/plain; charset=x-unknown\n\nstill\n  readable\n",
            b"Content-Type: image/png\n\nx\n",
            b"\n\x1b[31mred\n",
        ]
        print(json.dumps([summary(message_from_bytes(m, policy=default)) for m in mails]))
    """
    assert python(lab, script) == ["still readable ...", "One part: image/png", "?[31mred ..."]


@pytest.mark.lab
def test_a_strangers_text_does_not_steer_the_terminal(lab: Lab) -> None:
    script = r"""
        import json
        from mailbox_login import shown
        print(json.dumps([shown(b"\x1b]0;owned\x07 caf\xc3\xa9"), shown("  x\ty\r"), shown(None)]))
    """
    assert python(lab, script) == ["?]0;owned? café", "  x     y?", "None"]


# The structure of a message


STRUCTURES = {
    # a text: the disposition is the tenth
    '("text" "plain" NIL NIL NIL "7bit" 15 1 NIL ("attachment" ("filename" "a.txt")) NIL NIL)': [
        ["1", "text/plain", 15, ["attachment", "filename", "a.txt"]]
    ],
    # anything else: the ninth. No parameters, or several
    '("image" "png" NIL NIL NIL "base64" 900 NIL ("inline" NIL) NIL NIL)': [
        ["1", "image/png", 900, ["inline"]]
    ],
    '("APPLICATION" "PDF" NIL NIL NIL "base64" 9 NIL ("attachment" ("filename" "b" "size" "9")))': [
        ["1", "application/pdf", 9, ["attachment", "filename", "b", "size", "9"]]
    ],
    # BODY, and old servers, end before there is one
    '("image" "png" NIL NIL NIL "base64" 900)': [["1", "image/png", 900, []]],
    '("text" "plain" NIL NIL NIL "7bit" 15 1)': [["1", "text/plain", 15, []]],
    # multiparts in multiparts
    '(((("text" "plain" NIL NIL NIL "7bit" 1 1)("text" "html" NIL NIL NIL "7bit" 2 1)'
    ' "alternative")'
    '("image" "png" NIL NIL NIL "base64" 3) "related" NIL ("inline" NIL) NIL)'
    '("text" "plain" NIL NIL NIL "7bit" 4 1) "mixed" NIL NIL NIL)': [
        ["TEXT", "multipart/mixed", None, []],
        ["1", "multipart/related", None, ["inline"]],
        ["1.1", "multipart/alternative", None, []],
        ["1.1.1", "text/plain", 1, []],
        ["1.1.2", "text/html", 2, []],
        ["1.2", "image/png", 3, []],
        ["2", "text/plain", 4, []],
    ],
    # a message as an attachment: its parts go on with its number
    '(("message" "rfc822" NIL NIL NIL "7bit" 50 (NIL) (("text" "plain" NIL NIL NIL "7bit" 5 1)'
    '("text" "html" NIL NIL NIL "7bit" 6 1) "alternative" NIL NIL NIL) 9 NIL ("attachment" NIL))'
    '("message" "rfc822" NIL NIL NIL "7bit" 51 (NIL) ("text" "plain" NIL NIL NIL "7bit" 7 1) 9)'
    ' "digest" NIL NIL NIL)': [
        ["TEXT", "multipart/digest", None, []],
        ["1", "message/rfc822", 50, ["attachment"]],
        ["1.1", "text/plain", 5, []],
        ["1.2", "text/html", 6, []],
        ["2", "message/rfc822", 51, []],
        ["2.1", "text/plain", 7, []],
    ],
}


@pytest.mark.lab
def test_every_structure_becomes_a_tree(lab: Lab) -> None:
    script = """
        import json, sys
        from imapclient.response_parser import parse_fetch_response
        from structure import parts
        found = []
        for line in json.load(sys.stdin):
            answer = [b"1 (UID 1 BODYSTRUCTURE " + line.encode() + b")"]
            body = parse_fetch_response(answer)[1][b"BODYSTRUCTURE"]
            found.append([[p.number, p.kind, p.size, p.disposition] for p in parts(body)])
        print(json.dumps(found))
    """
    found = python(lab, script, json.dumps(list(STRUCTURES)))
    for line, tree in zip(STRUCTURES, found, strict=True):
        assert tree == STRUCTURES[line], line


@pytest.mark.lab
def test_answers_that_make_no_sense_are_asked_for_again(lab: Lab) -> None:
    typed = "Nowhere\nINBOX\nthree\n99\n3\n7.7\n(\n\n\n\n"
    done = client(lab, "simple_client", typed=typed)
    assert done.returncode == 0
    assert "Error: select failed: [NONEXISTENT]" in done.stdout
    assert "Please type a number" in done.stdout
    assert "No message has this UID" in done.stdout
    assert "(No such section)" in done.stdout
    assert "Error: FETCH command error: BAD" in done.stdout


# Waiting, catching up


@pytest.mark.lab
def test_the_wait_is_renewed_and_ctrl_c_ends_it_at_once(lab: Lab) -> None:
    argv = ["python3", "-uW", "ignore", "imap_idle.py", HOST, "brandon", "--renew", "0.01"]
    with lab["h1"].start("sh", "-c", 'exec "$@"', "sh", *argv, cwd=HERE) as waiting:
        waiting.stdin.write(b"abc123\n")
        waiting.stdin.flush()
        lines = [waiting.stdout.readline() for _ in range(3)]
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(timeout=10) == 0
    assert lines[1:] == [b"Nothing new; renewed\n"] * 2


def test_sets_of_uids() -> None:
    numbers = program("qresync").numbers
    assert numbers("2,5:7") == {2, 5, 6, 7}
    assert numbers("7:5") == {5, 6, 7}  # RFC 3501: the order does not matter
    assert numbers("4294967295") == {4294967295}
    assert numbers("") == set()


class Server:
    """Stands for imaplib: remembers what it was asked."""

    def __init__(self, lines: list[bytes | None], vanished: list[bytes | None]) -> None:
        self.lines, self.vanished, self.asked = lines, vanished, []  # type: ignore[var-annotated]

    def uid(self, *args: str) -> tuple[str, list[bytes | None]]:
        self.asked.append(args)
        return "OK", self.lines

    def response(self, name: str) -> tuple[str, list[bytes | None]]:
        return name, self.vanished


def test_at_first_everything_is_asked_for_and_then_only_what_has_changed() -> None:
    changes = program("qresync").changes
    first = Server(
        [rb"1 (UID 4 FLAGS (\Seen $Later \Recent) MODSEQ (7))", b"2 (UID 9 FLAGS ())"], [None]
    )
    assert changes(first, 0) == ({4: r"\Seen $Later", 9: ""}, set())
    assert first.asked == [("FETCH", "1:*", "(FLAGS)")]
    later = Server([None], [b"(EARLIER) 2,5:7", b"11"])
    assert changes(later, 7) == ({}, {2, 5, 6, 7, 11})
    assert later.asked == [("FETCH", "1:*", "(FLAGS)", "(CHANGEDSINCE 7 VANISHED)")]


@pytest.mark.lab
def test_another_uidvalidity_means_that_all_is_forgotten(lab: Lab) -> None:
    script = """
        import contextlib, io, imap_sync, json, sqlite3
        db = sqlite3.connect(":memory:")
        db.executescript(imap_sync.SCHEMA)
        imap_sync.subjects = lambda imap, uids: {uid: f"mail {uid}" for uid in uids}
        since = []
        def run(validity, modseq, changed, gone=()):
            imap_sync.opened = lambda imap, folder: (validity, modseq)
            imap_sync.changes = lambda imap, last: (since.append(last), (changed, set(gone)))[1]
            with contextlib.redirect_stdout(io.StringIO()) as said:
                imap_sync.sync(None, db, "INBOX")
            rows = db.execute("SELECT uid, flags FROM mail ORDER BY uid").fetchall()
            return [said.getvalue().strip(), rows]
        steps = [
            run(1, 10, {1: "", 2: ""}),
            run(1, 12, {2: "X", 3: ""}, [1, 8]),
            run(2, 5, {1: "Y"}),
        ]
        print(json.dumps([steps, since]))
    """
    steps, since = python(lab, script)
    assert steps == [
        ["New: 2, changed: 0, gone: 0", [[1, ""], [2, ""]]],
        ["New: 1, changed: 1, gone: 1", [[2, "X"], [3, ""]]],
        ["New: 1, changed: 0, gone: 0", [[1, "Y"]]],
    ]
    assert since == [0, 10, 0]


# Tokens and JMAP


@pytest.mark.lab
def test_a_token_is_what_the_rfc_says(lab: Lab) -> None:
    script = """
        import json
        from base64 import urlsafe_b64decode
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.hashes import SHA256
        import imap_oauth, issue_token
        key = rsa.generate_private_key(65537, 2048)
        token = issue_token.token(key, "brandon", 60)
        signed, _, signature = token.rpartition(".")
        raw = urlsafe_b64decode(signature + "==")
        key.public_key().verify(raw, signed.encode(), padding.PKCS1v15(), SHA256())
        print(json.dumps([token, imap_oauth.claims(token)]))
    """
    token, claims = python(lab, script)
    assert "=" not in token
    assert token.count(".") == 2
    assert claims["sub"] == "brandon"
    assert claims["exp"] - claims["iat"] == 60


def test_jmap_finds_its_way_and_asks_several_things_at_once() -> None:
    httpx2 = pytest.importorskip("httpx2")
    module = program("jmap_client")
    bodies: list[Any] = []

    def server(request: Any) -> Any:
        if request.url.path == "/.well-known/jmap":
            return httpx2.Response(301, headers={"Location": "/elsewhere/jmap"})
        if request.method == "GET":
            accounts = {"urn:ietf:params:jmap:mail": "b"}
            session = {"apiUrl": "api/", "primaryAccounts": accounts}
            return httpx2.Response(200, json=session)
        assert request.url.path == "/elsewhere/api/"
        bodies.append(json.loads(request.content))
        answers = [
            [name, {"list": [], "state": "s"}, n] for name, _, n in bodies[-1]["methodCalls"]
        ]
        if len(bodies) == 2:
            answers[0] = ["error", {"type": "accountNotFound"}, "0"]
        return httpx2.Response(200, json={"methodResponses": answers})

    transport = httpx2.MockTransport(server)
    url = "https://jmap.example.com"
    with httpx2.Client(base_url=url, transport=transport, follow_redirects=True) as http:
        jmap = module.Jmap(http)
        assert module.messages(jmap, "inbox-id") == ([], "s")
        (query, get) = bodies[0]["methodCalls"]
        assert (query[0], query[1]["filter"]) == ("Email/query", {"inMailbox": "inbox-id"})
        assert get[1]["#ids"] == {"resultOf": query[2], "name": "Email/query", "path": "/ids"}
        assert {call[1]["accountId"] for call in (query, get)} == {"b"}
        with pytest.raises(ValueError, match=r"^Mailbox/get: accountNotFound$"):
            jmap.ask(("Mailbox/get", {}))
