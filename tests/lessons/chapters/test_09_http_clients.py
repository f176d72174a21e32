"""Chapter 9: what its transcripts cannot show."""

from __future__ import annotations

import importlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from netplay import Lab
from netplay.lab.planning import lessons

FOLDER = lessons() / "09-http-clients"
IN_LAB = f"/lessons/{FOLDER.name}"
NASTY = bytes(range(256)) + b"\x89PNG\r\n\x1a\n\xff\xfe\x1b[2J" + bytes(range(255, -1, -1))


def load(name: str) -> ModuleType:
    """A program of the chapter as a module; its siblings can be found, but only meanwhile."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


def run(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / program), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **fields: str) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# wiretap.py, and what it prints with


def printed(capsys: pytest.CaptureFixture[str], pieces: list[bytes], use_hex: bool) -> str:
    tap = load("taps").Tap("->", use_hex)
    for piece in pieces:
        tap.feed(piece)
    tap.flush()
    return capsys.readouterr().out


@pytest.mark.parametrize("use_hex", [False, True])
def test_a_tap_prints_the_same_however_the_bytes_arrive(
    capsys: pytest.CaptureFixture[str], use_hex: bool
) -> None:
    whole = printed(capsys, [NASTY], use_hex)
    crumbs = printed(capsys, [NASTY[at : at + 1] for at in range(len(NASTY))], use_hex)
    assert whole == crumbs
    assert len(whole.splitlines()) > 1


def test_a_tap_lets_nothing_through_that_would_move_the_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for use_hex in (False, True):
        out = printed(capsys, [NASTY], use_hex)
        assert all(c.isprintable() for c in out.replace("\n", ""))
    assert "\\x1b[2J" in printed(capsys, [NASTY], False)


def test_a_hex_dump_has_every_byte(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [NASTY], True).splitlines()
    assert bytes.fromhex("".join(line[11:58] for line in lines)) == NASTY
    assert [line[3:9] for line in lines[:3]] == ["000000", "000010", "000020"]


@contextmanager
def wiretap(*words: object) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = ["timeout", "50", sys.executable, str(FOLDER / "wiretap.py"), "0", *map(str, words)]
    command += ["--host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().split()[-1]), process
        finally:
            process.terminate()


def stream(port: int, data: bytes) -> bytes:
    """All that comes back when *data* is sent, and that half of the connection then closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize("options", [[], ["--hex"]])
def test_a_wiretap_survives_bodies_that_are_no_text(options: list[str]) -> None:
    """The original decoded each piece as UTF-8, and the server broke at the first picture."""

    class Picture(Quiet):
        def do_GET(self) -> None:
            self.answer(200, NASTY * 8)

    ask = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(Picture) as url, wiretap("127.0.0.1", url.rpartition(":")[2], *options) as tap:
        for _ in range(2):
            assert stream(tap[0], ask).endswith(b"\r\n\r\n" + NASTY * 8)


def test_a_wiretap_lets_connections_live_and_half_close() -> None:
    """The original's server closed after each answer, so that nobody could see keep-alive."""

    class Name(Quiet):
        def do_GET(self) -> None:
            self.answer(200, self.path.encode())

    one = b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving(Name) as url, wiretap("127.0.0.1", url.rpartition(":")[2]) as (port, process):
        answer = stream(port, one + two)
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert answer.endswith(b"/2")
        assert process.stdout is not None
        lines = []
        while "-- the connection has ended" not in lines:
            lines.append(process.stdout.readline().rstrip())
    assert lines.count("-- a client has connected") == 1
    assert [line for line in lines if line.startswith("-> GET")] == [
        "-> GET /1 HTTP/1.1",
        "-> GET /2 HTTP/1.1",
    ]


def test_a_wiretap_whose_server_is_away_says_so_and_goes_on() -> None:
    with wiretap("127.0.0.1", 1) as (port, process):
        assert process.stdout is not None
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
                assert sock.recv(1) == b""
            assert process.stdout.readline().startswith("-- 127.0.0.1 port 1: Connect")


# server-sent events

EVENTS = (
    b": hello\r\nretry: 250\r\n\r\nid: 1\r\ndata: one\r\ndata:  two\r\n\r\n"
    b"id: 2\nevent: odd\ndata:\xc3\xbc\n\nid\nnonsense: 5\ndata: last\n\nid: 3\ndata: never"
)


@pytest.mark.parametrize("size", [1, 2, 7, len(EVENTS)])
def test_events_are_the_same_however_they_arrive(size: int) -> None:
    parser = load("sse_client").Parser("0")
    found = []
    for at in range(0, len(EVENTS), size):
        found += [(*event, parser.last_id) for event in parser.feed(EVENTS[at : at + size])]
    assert found == [("message", "one\n two", "1"), ("odd", "ü", "2"), ("message", "last", "")]
    assert parser.retry == 0.25


def test_half_an_event_does_not_count_as_seen() -> None:
    parser = load("sse_client").Parser()
    assert len(list(parser.feed(b"id: 3\ndata: x\n\nid: 4\ndata: half"))) == 1
    assert parser.last_id == "3"


def test_an_event_has_a_limit() -> None:
    module = load("sse_client")
    parser = module.Parser()
    third = b"data: " + b"x" * (module.LIMIT // 3) + b"\n"
    assert [event for _ in range(3) for event in parser.feed(third)] == []
    with pytest.raises(ValueError, match="no end"):
        list(parser.feed(third))


# conditional.py and ranges.py


class Document(Quiet):
    """A text with a tag; it can change, and its connection can break."""

    text, tag, breaks_after, misbehaves = b"", '"a"', 0, ""
    asked: ClassVar[list[tuple[str | None, str | None]]] = []

    def do_GET(self) -> None:
        wanted, only_if = self.headers["Range"], self.headers["If-Range"]
        self.asked.append((wanted, only_if))
        if self.headers["If-None-Match"] == self.tag:
            return self.answer(304, ETag=self.tag)
        start = 0
        if wanted and only_if == self.tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        start += 1 if wanted and self.misbehaves == "other part" else 0
        body, all_of_it = self.text[start:], f"/{len(self.text)}"
        if start:
            span = f"bytes {start}-{len(self.text) - 1}{all_of_it}"
            return self.answer(206, body, Content_Range=span, ETag=self.tag)
        if not self.breaks_after:
            return self.answer(200, body, ETag=self.tag)
        self.send_response(200)
        self.send_header("ETag", self.tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.breaks_after])
        self.close_connection = True
        return None


@pytest.fixture
def document() -> type[Document]:
    return type("Fresh", (Document,), {"asked": [], "text": bytes(range(256)) * 40})


def test_a_broken_download_goes_on_where_it_ended(document: type[Document], tmp_path: Path) -> None:
    file = tmp_path / "file"
    document.breaks_after = 5000
    with serving(document) as url:
        broken = run("ranges.py", url, file)
        assert broken.returncode == 1
        assert "Traceback" not in broken.stderr
        assert not file.exists()
        kept = (tmp_path / "file.part").stat().st_size
        whole = run("ranges.py", url, file)
    assert whole.returncode == 0, whole.stderr
    assert document.asked == [(None, None), (f"bytes={kept}-", '"a"')]
    assert kept > 0
    assert file.read_bytes() == document.text
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_two_versions_are_never_glued_together(document: type[Document], tmp_path: Path) -> None:
    file = tmp_path / "file"
    with serving(document) as url:
        run("ranges.py", url, file, "--stop-after", 4000)
        document.text, document.tag = b"new" * 9000, '"b"'
        assert run("ranges.py", url, file).returncode == 0
    assert file.read_bytes() == document.text


def test_a_weak_tag_is_no_base_for_a_range(document: type[Document], tmp_path: Path) -> None:
    file = tmp_path / "file"
    document.tag = 'W/"a"'
    with serving(document) as url:
        run("ranges.py", url, file, "--stop-after", 4000)
        assert run("ranges.py", url, file).returncode == 0
    assert document.asked == [(None, None), (None, None)]
    assert file.read_bytes() == document.text


def test_another_part_than_the_one_asked_for_is_refused(
    document: type[Document], tmp_path: Path
) -> None:
    document.misbehaves = "other part"
    with serving(document) as url:
        run("ranges.py", url, tmp_path / "file", "--stop-after", 4000)
        done = run("ranges.py", url, tmp_path / "file")
    assert done.returncode == 1
    assert "asked for what follows byte 4000, but got bytes 4001-" in done.stderr
    assert not (tmp_path / "file").exists()


def test_what_is_known_is_not_sent_again(document: type[Document], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with serving(document) as url:
        assert "200 OK" in run("conditional.py", url, copy).stdout
        again = run("conditional.py", url, copy)
        assert "304 Not Modified, 0 bytes" in again.stdout
        assert copy.read_bytes() == document.text
        copy.unlink()  # a tag without its text is worth nothing
        assert "200 OK" in run("conditional.py", url, copy).stdout
    assert copy.read_bytes() == document.text


# urllib_verbose.py


def test_the_heads_that_are_shown_are_those_that_were_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heads: list[list[str]] = []

    class Moved(Quiet):
        def do_GET(self) -> None:
            lines = [f"{name}: {value}" for name, value in self.headers.items()]
            heads.append([self.requestline, *lines])
            if self.path == "/old":
                self.answer(302, Location="/new")
            else:
                self.answer(200, b"text")

    with serving(Moved) as url:
        done = run("fetch_text.py", f"{url}/old")
    assert done.returncode == 0, done.stderr
    shown = [line[2:] for line in done.stdout.splitlines() if line.startswith("> ")]
    assert shown == heads[0] + heads[1]
    received = [line for line in done.stdout.splitlines() if line.startswith("< HTTP/")]
    assert received == ["< HTTP/1.1 302 Found", "< HTTP/1.1 200 OK"]


def test_a_body_is_not_taken_for_a_head(capsys: pytest.CaptureFixture[str]) -> None:
    class Taker(Quiet):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(200)

    with serving(Taker) as url:
        connection = load("urllib_verbose").VerboseConnection(url.partition("//")[2])
        connection.request("POST", "/", body=b"one\r\n\r\ntwo")
        connection.getresponse().read()
        connection.close()
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith(">")]
    assert shown[0] == "> POST / HTTP/1.1"
    assert "> Content-Length: 10" in shown
    assert not any("one" in line or "two" in line for line in shown)


# timeouts.py, and mistakes


def test_each_kind_of_timeout_has_its_name() -> None:
    done = run("timeouts.py")
    assert [line.split(":")[1].strip() for line in done.stdout.splitlines()] == [
        "ConnectTimeout",
        "ReadTimeout",
        "WriteTimeout",
        "PoolTimeout",
        "none of the four",
    ]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("four_clients.py ftp://x/", 2, "begins with neither http:// nor https://"),
        ("four_clients.py http://127.0.0.1:1/", 1, "requests: "),
        ("fetch_text.py http://127.0.0.1:1/", 1, "Connection refused"),
        ("fetch_text.py nonsense", 1, "unknown url type"),
        ("conditional.py http://127.0.0.1:1/ /tmp/none", 1, "Connection refused"),
        ("conditional.py http:///x /tmp/none", 1, "http:///x: "),
        ("ranges.py http://127.0.0.1:1/ /tmp/none", 1, "Connection refused"),
        ("sse_client.py http://127.0.0.1:1/", 1, "Connection refused"),
        ("stream_body.py http://127.0.0.1:1/", 1, "Connection refused"),
        ("fetch_many.py http://127.0.0.1:1/", 1, "connection attempts failed"),
        ("ws_chat.py client ws://127.0.0.1:1/", 1, "Connect call failed"),
        ("ws_chat.py client http://127.0.0.1:1/", 1, "isn't a valid URI"),
        ("wiretap.py 0 127.0.0.1 1 --cert /nowhere", 1, "/nowhere: No such file"),
        ("flaky.py 192.0.2.1", 1, "Cannot assign requested address"),
        ("sse_server.py 127.0.0.1 -p 70000", 1, "port must be 0-65535"),
    ],
)
def test_a_mistake_ends_with_a_sentence(words: str, status: int, sentence: str) -> None:
    done = run(*words.split())
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert sentence in done.stderr


@pytest.mark.lab
@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("http3_get.py http://www.example.com/", 2, "must begin with https://"),
        ("http3_get.py https://expired.example.com/", 1, "certificate has expired"),
        ("http3_get.py https://ftp.example.com/", 1, "Connection refused"),
        ("retrying.py http://www.example.com/status/404", 1, "Given up: Client error '404"),
        ("four_clients.py http://nobody.example.com/ --with urllib", 1, "Name or service not"),
    ],
)
def test_a_mistake_in_the_lab_ends_with_a_sentence(
    lab: Lab, words: str, status: int, sentence: str
) -> None:
    program, *rest = words.split()
    done = lab["h1"].run("python3", f"{IN_LAB}/{program}", *rest, timeout=40)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert sentence in done.stderr


RETRYING = """
import time
from email.utils import formatdate
import httpx2
from retrying import asked_to_wait, worth_another

def failed(method, status=0, error=httpx2.ReadTimeout, **headers):
    request = httpx2.Request(method, "http://x/", headers={k.replace("_", "-"): v
        for k, v in headers.items() if k == "Idempotency_Key"})
    if not status:
        return error("no", request=request)
    wait = {"Retry-After": headers["Retry_After"]} if "Retry_After" in headers else {}
    response = httpx2.Response(status, headers=wait, request=request)
    return httpx2.HTTPStatusError("no", request=request, response=response)

assert worth_another(failed("GET")) is True
assert worth_another(failed("GET", 503)) is True
assert worth_another(failed("GET", 503, Retry_After="7")) == 7
assert worth_another(failed("GET", 503, Retry_After="9999")) == 60
assert worth_another(failed("GET", 404, Retry_After="7")) is False
assert worth_another(failed("GET", 500)) is False
assert worth_another(failed("POST")) is False
assert worth_another(failed("POST", 503, Retry_After="7")) is False
assert worth_another(failed("POST", Idempotency_Key="k")) is True
assert worth_another(failed("POST", error=httpx2.ConnectError)) is True
assert worth_another(failed("POST", error=httpx2.ConnectTimeout)) is True
assert worth_another(ValueError("a bug is no reason")) is False
assert 25 < asked_to_wait(formatdate(time.time() + 30, usegmt=True)) <= 30
assert asked_to_wait(formatdate(time.time() - 30, usegmt=True)) < 1
assert asked_to_wait("soon") is None
print("all as it should be")
"""


@pytest.mark.lab
def test_only_what_may_be_done_twice_is_retried(lab: Lab) -> None:
    done = lab["h1"].run("python3", "-c", RETRYING, cwd=IN_LAB)
    assert done.stdout == "all as it should be\n", done.stderr


@pytest.mark.lab
def test_http3_counts_on_the_name_that_was_asked_for(lab: Lab) -> None:
    """RFC 7838 §2.1: the certificate is checked over QUIC, too."""
    script = "import http3_get, asyncio; http3_get.alternative = lambda *_: 443\n"
    script += "asyncio.run(http3_get.main('wrong.example.com', '/'))"
    done = lab["h1"].run("python3", "-c", script, cwd=IN_LAB, timeout=30)
    assert done.returncode == 1
    assert "HTTP/3 over UDP" not in done.stdout


def test_nothing_needs_the_public_internet() -> None:
    """The original asked two public sites, and is broken without them."""
    files = [*FOLDER.glob("*.py"), FOLDER / "examples.rst", FOLDER / "README.md"]
    for file in files:
        for host in re.findall(r"\b(?:https?|wss?)://([\w.-]+)", file.read_text("utf-8")):
            ours = ("example.com", "localhost", "HOST", "127.0.0.1", "...")
            assert host.endswith(ours), f"{file.name}: {host}"
