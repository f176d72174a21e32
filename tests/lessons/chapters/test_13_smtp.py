"""Chapter 13: what its transcripts cannot show."""

from __future__ import annotations

import importlib.util
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import ModuleType

import pytest

from netplay import Lab
from netplay.lab.planning import lessons

FOLDER = lessons() / "13-smtp"
IN_LAB = f"/lessons/{FOLDER.name}"
SENDERS = ("simple.py", "debug.py", "ehlo.py", "tls.py", "login.py")
ANSWERS = {"EHLO": "250 old.example.com", "DATA": "354 go on", "QUIT": "221 bye"}
ADDRESSES = ("sender@example.com", "brandon@example.com")


class OldServer(socketserver.ThreadingTCPServer):
    """A mail server that answers as it is told, and remembers what it was sent."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answers: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers = {**ANSWERS, **answers}
        self.commands: list[str] = []
        self.mails: list[bytes] = []

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    server: OldServer

    def handle(self) -> None:
        self.say("220 old.example.com")
        while line := self.rfile.readline():
            command = line.decode().rstrip()
            self.server.commands.append(command)
            verb = command.upper().partition(" ")[0]
            self.say(self.server.answers.get(command, self.server.answers.get(verb, "250 yes")))
            if verb == "DATA":
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(b"".join(lines))
                self.say("250 2.0.0 queued as 1")
            if verb == "QUIT":
                break

    def say(self, answer: str) -> None:
        self.wfile.write(answer.replace("\n", "\r\n").encode() + b"\r\n")


@contextmanager
def old_server(**answers: str) -> Iterator[OldServer]:
    with OldServer(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run(program: str, *words: str, input: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, input=input)
    assert "Traceback" not in done.stderr
    return done


def send(program: str, server: OldServer, *words: str) -> subprocess.CompletedProcess[str]:
    """simple.py and debug.py know port 25 only, but smtplib reads a port out of the name."""
    host, _, port = server.name.partition(":")
    if program in ("simple.py", "debug.py"):
        return run(program, server.name, *(words or ADDRESSES))
    return run(program, "-p", port, host, *(words or ADDRESSES))


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"chapter13_{name}", FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(FOLDER))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
        sys.modules.pop("letter", None)
    return module


# What the originals got wrong: every mail said it came from simple.py, without date and id.


@pytest.mark.parametrize("program", ["simple.py", "debug.py", "ehlo.py"])
def test_a_mail_names_its_program_and_has_a_date_and_an_id(program: str) -> None:
    with old_server() as server:
        done = send(program, server)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Message sent to 1 recipient")
    mail = message_from_bytes(server.mails[0], policy=policy.default)
    assert mail["Subject"] == f"Test message from {program}"
    assert program in mail.get_content()
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert re.fullmatch(r"<[^<>@ ]+@example\.com>", mail["Message-ID"])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_a_program_gives_its_own_name_to_its_letter(path: Path) -> None:
    named = set(re.findall(r'\bletter\("([\w.]+)"', path.read_text(encoding="utf-8")))
    assert named <= ({"simple.py"} if path.stem == "letter" else {path.name})
    assert named or path.name not in SENDERS


@pytest.mark.parametrize("program", SENDERS)
def test_too_few_words_are_a_usage_error(program: str) -> None:
    done = run(program, "mail.example.com", "sender@example.com")
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: {program} ")


@pytest.mark.parametrize("program", SENDERS)
def test_a_server_that_does_not_listen_is_one_sentence(program: str) -> None:
    with old_server() as server:
        pass  # its port is free again
    done = send(program, server)
    assert done.returncode == 1
    *dialogue, sentence = done.stderr.splitlines()
    assert "Connection refused" in sentence
    assert len(dialogue) == (1 if program == "debug.py" else 0)


@pytest.mark.parametrize("program", ["simple.py", "debug.py", "ehlo.py"])
def test_who_was_refused_is_not_counted(program: str) -> None:
    refusal = {"rcpt TO:<ann@example.com>": "550 5.1.1 nobody of that name"}
    with old_server(**refusal) as server:
        done = send(program, server, *ADDRESSES, "ann@example.com")
        alone = send(program, server, ADDRESSES[0], "ann@example.com")
    assert done.stdout.splitlines()[-2:] == [
        "ann@example.com: 550 5.1.1 nobody of that name",
        "Message sent to 1 recipient",
    ]
    assert (done.returncode, alone.returncode) == (0, 1)
    assert alone.stderr.endswith("ann@example.com: 550 5.1.1 nobody of that name\n")
    assert len(server.mails) == 1


# ehlo.py


@pytest.mark.parametrize(
    ("features", "limit"),
    [
        ({}, None),
        ({"size": ""}, None),
        ({"size": "0"}, None),
        ({"size": " 10240000"}, 10_240_000),
        ({"size": "huge"}, None),
        ({"size": "²"}, None),
        ({"size": "9" * 5000}, None),
    ],
)
def test_a_limit_may_be_missing(features: Mapping[str, str], limit: int | None) -> None:
    assert load("ehlo").size_limit(features) == limit


def test_a_message_that_is_too_large_is_not_begun() -> None:
    with old_server(EHLO="250-old.example.com\n250 SIZE 100") as server:
        done = send("ehlo.py", server)
    assert done.stdout == "Maximum message size is 100\n"
    assert (done.stderr, done.returncode) == ("Message too large; aborting.\n", 1)
    assert [command.split()[0] for command in server.commands] == ["ehlo", "QUIT"]


def test_the_limit_counts_what_travels() -> None:
    mail = load("letter").letter("ehlo.py", ADDRESSES[0], [ADDRESSES[1]])
    assert b"\r\n" in mail.as_bytes()
    assert b"\n" not in mail.as_bytes().replace(b"\r\n", b"")


def test_a_server_without_ehlo_is_greeted_with_helo() -> None:
    with old_server(EHLO="502 what?") as server:
        done = send("ehlo.py", server)
    assert (done.stdout, done.returncode) == ("Message sent to 1 recipient\n", 0)
    assert [command.split()[0] for command in server.commands][:2] == ["ehlo", "helo"]


def test_a_server_that_refuses_helo_gets_nothing() -> None:
    with old_server(EHLO="502 what?", HELO="504 go away") as server:
        done = send("ehlo.py", server)
    assert (done.stderr, done.returncode) == ("The server refuses HELO: 504 go away\n", 1)
    assert server.mails == []


# Nothing in clear by accident


def test_without_tls_nothing_is_sent() -> None:
    with old_server() as server:
        done = send("tls.py", server)
    assert (done.stderr, done.returncode) == (
        "Server does not support TLS; nothing was sent.\n",
        1,
    )
    assert server.mails == []
    assert not any(command.lower().startswith("mail") for command in server.commands)


def test_clear_text_must_be_allowed_aloud() -> None:
    with old_server() as server:
        done = send("tls.py", server, "--allow-clear", *ADDRESSES)
    assert done.stdout.splitlines()[0] == "Server does not support TLS; using normal connection."
    assert (len(server.mails), done.returncode) == (1, 0)


@pytest.mark.parametrize("program", ["login.py", "submission.py"])
def test_no_password_goes_through_a_connection_in_clear(program: str) -> None:
    with old_server(EHLO="250-old.example.com\n250 AUTH PLAIN LOGIN") as server:
        done = send(program, server)
    assert done.returncode == 1
    assert "STARTTLS extension not supported" in done.stderr
    assert "assword" not in done.stdout + done.stderr
    assert {command.split()[0].lower() for command in server.commands} <= {"ehlo", "quit"}


# bounce_reader.py

REPORT = """\
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

In words.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552
    the mailbox is full

Final-Recipient: rfc822; bob@example.org
Action: delayed
Status: 4.4.1
--b
Content-Type: text/rfc822-headers

Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <1@example.com>
--b--
"""


def parsed(text: str) -> EmailMessage:
    return message_from_bytes(text.encode(), policy=policy.default)


def test_a_report_on_two_recipients_with_the_header_only() -> None:
    assert list(load("bounce_reader").report(parsed(REPORT))) == [
        "Reported by dns; mail.example.com",
        "failed: rfc822; ann@example.org",
        "  5.2.2: never; it is about the mailbox",
        "  smtp; 552 the mailbox is full",
        "delayed: rfc822; bob@example.org",
        "  4.4.1: not yet; it is about the way there",
        "  (no words)",
        "It was about 'Grüße', <1@example.com>",
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "never; it is about the address"),
        (" 2.0.0 ", "success; it is about something else"),
        ("4.9.0", "not yet; it is about something new"),
        ("9", "unknown; it is about something new"),
        ("", "unknown; it is about something new"),
    ],
)
def test_a_status_in_words(status: str, words: str) -> None:
    assert load("bounce_reader").meaning(status) == words


@pytest.mark.parametrize(
    "text",
    [
        "Subject: hello\n\nFinal-Recipient: rfc822; ann@example.org\n",
        "Final-Recipient: rfc822; ann@example.org\nStatus: 5.1.1\n\n",
        "Content-Type: multipart/report\n\nwithout any parts\n",
        REPORT.replace("multipart/report; report-type=delivery-status", "multipart/mixed"),
        "",
    ],
)
def test_what_is_no_report_is_not_read_as_one(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_text(text)
    done = run("bounce_reader.py", str(path))
    assert (done.stdout, done.returncode) == ("No report of a mail server\n", 0)


def test_a_report_from_standard_input_and_a_file_that_is_not_there() -> None:
    assert run("bounce_reader.py", input=REPORT).stdout.startswith("Reported by dns; mail")
    done = run("bounce_reader.py", "/no/such/file")
    assert (done.stderr, done.returncode) == ("/no/such/file: No such file or directory\n", 1)


# In the lab, where the libraries are


def asked(lab: Lab, script: str) -> list[str]:
    done = lab["h1"].run("python3", "-c", script, cwd=IN_LAB, timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.lab
def test_a_certificate_of_an_unknown_authority_is_not_trusted(lab: Lab) -> None:
    other = "/etc/ssl/certs/ISRG_Root_X1.pem"
    for program in ("tls.py", "login.py"):
        words = (f"{IN_LAB}/{program}", "-a", other, "mail.example.com", *ADDRESSES)
        done = lab["h1"].run("python3", *words, timeout=60)
        assert done.returncode == 1
        assert done.stderr == (
            "Your message may not have been sent: its certificate is not good: "
            "unable to get local issuer certificate\n"
        )


@pytest.mark.lab
def test_the_order_in_which_servers_are_tried(lab: Lab) -> None:
    script = """
from mx_deliver import in_order
print(in_order([(50, "c"), (10, "a"), (20, "b"), (20, "b")], "d"))
print(in_order([], "d"))
print(sorted({tuple(in_order([(5, "a"), (5, "b")], "d")) for _ in range(99)}))
try:
    in_order([(0, "")], "d")
except SystemExit as end:
    print(end)
"""
    assert asked(lab, script) == [
        "['a', 'b', 'c']",
        "['d']",
        "[('a', 'b'), ('b', 'a')]",
        "d accepts no mail",
    ]


@pytest.mark.lab
def test_a_policy_and_the_names_in_it(lab: Lab) -> None:
    script = """
from mta_sts import matches, parsed
policy = "version: STSv1\\r\\nmode: testing\\r\\nmx: *.Example.com\\r\\nmx: b.net\\r\\n"
print(*parsed(policy))
names = ("a.example.com", "a.b.example.com", "example.com")
print(*(matches(name, "*.example.com") for name in names))
print(*(matches(name, "b.net") for name in ("b.net", "a.b.net", "ab.net")))
try:
    parsed("<html>404</html>")
except SystemExit as end:
    print(end)
"""
    assert asked(lab, script) == [
        "testing ['*.example.com', 'b.net']",
        "True False False",
        "True False False",
        "That is no policy: it lacks its version",
    ]


@pytest.mark.lab
def test_who_may_log_in_at_the_small_server(lab: Lab) -> None:
    script = """
from aiosmtpd.smtp import LoginPassword
from mini_smtpd import Inbox
ann = Inbox("x", LoginPassword(b"ann", b"open"))
tries = [(b"ann", b"open"), (b"ann", b"Open"), (b"ann", b""), (b"bob", b"open"), (b"", b"")]
print(*(ann.check(LoginPassword(*words)).success for words in tries))
print(*(Inbox("x", None).check(LoginPassword(*words)).success for words in tries))
"""
    assert asked(lab, script) == ["True False False False False", " ".join(["False"] * 5)]


@pytest.mark.lab
def test_a_refused_token_is_answered_with_an_empty_line(lab: Lab) -> None:
    script = r"""
from submission import Bearer
bearer = Bearer("ann", "t0k")
print(repr(bearer()))
print(repr(bearer(b'{"status":"401"}')))
"""
    assert asked(lab, script) == [
        r"'user=ann\x01auth=Bearer t0k\x01\x01'",
        'The server says {"status":"401"}',
        "''",
    ]


@pytest.mark.lab
def test_many_connections_that_fail_are_one_sentence(lab: Lab) -> None:
    words = ("ftp.example.com", *ADDRESSES, "brandon+1@example.com", "brandon+2@example.com")
    done = lab["h1"].run("python3", f"{IN_LAB}/send_async.py", *words, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("Some may not have been sent: Error connecting to ftp")
    assert done.stdout.startswith("0 of 3 accepted, 4 at a time")
    none = lab["h1"].run("python3", f"{IN_LAB}/send_async.py", *words, "-c", "0", timeout=60)
    assert none.returncode == 2


@pytest.mark.lab
def test_a_token_is_not_shown_where_nobody_can_log_in(lab: Lab) -> None:
    """smtplib takes the 503 of a server without AUTH for "you are logged in already"."""
    words = ("mail.example.com", *ADDRESSES, "-p", "25", "-t", "/etc/hostname")
    done = lab["h1"].run("python3", f"{IN_LAB}/submission.py", *words, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "This server lets nobody log in here; nothing was sent.\n"


@pytest.mark.lab
@pytest.mark.parametrize("words", [("b@",), ("b@example.com", "--seen-as", "h1")])
def test_an_address_that_is_none_is_a_usage_error(lab: Lab, words: tuple[str, ...]) -> None:
    done = lab["h1"].run("python3", f"{IN_LAB}/mx_deliver.py", "a@example.com", *words, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: mx_deliver.py ")


@pytest.mark.lab
def test_which_refusals_are_final(lab: Lab) -> None:
    script = """
import smtplib
from mx_deliver import final
no = (550, b"no")
print(final(smtplib.SMTPRecipientsRefused({"a": no})), final(smtplib.SMTPDataError(*no)))
print(final(smtplib.SMTPSenderRefused(*no, "b")), final(smtplib.SMTPConnectError(554, b"busy")))
print(final(smtplib.SMTPRecipientsRefused({"a": (450, b"?")})), final(ConnectionRefusedError()))
"""
    assert asked(lab, script) == ["True True", "True False", "False False"]
