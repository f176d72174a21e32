"""The programs know nothing of a lab: some pairs over this computer's own loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netplay.lab.planning import lessons

UDP = lessons() / "02-udp"


@contextmanager
def server(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A server that has said that it listens; it may not outlive its test by a minute."""
    with subprocess.Popen(
        ["timeout", "50", sys.executable, *words], cwd=UDP, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            yield process
        finally:
            process.terminate()


def client(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=UDP, capture_output=True, text=True, timeout=30)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("serve", "ask", "answer"),
    [
        ("udp_local.py server", "udp_local.py client", "'Your data was 38 bytes long'"),
        ("udp_local.py server", "udp_checked.py", "bytes long'"),
        (
            "udp_remote.py server 127.0.0.1 --seed 1",
            "udp_remote.py client localhost",
            "The server says 'Your data was 23 bytes long'",
        ),
        (
            "udp_asyncio.py server 127.0.0.1",
            "udp_asyncio.py client 127.0.0.1",
            "'fifteen': 'Your data was 9 bytes long'",
        ),
        (
            "udp_reliable.py receive 127.0.0.1 --loss 0.2",
            "udp_reliable.py send localhost --loss 0.2 --window 8 --reorder 0.2",
            "40 messages took",
        ),
        ("pmtu_probe.py server ''", "pmtu_probe.py client 127.0.0.1", "The path's MTU is 65535"),
        ("udp_gso.py server 127.0.0.1", "udp_gso.py client 127.0.0.1", "took 5000 bytes"),
    ],
)
def test_a_pair(serve: str, ask: str, answer: str) -> None:
    port = ("-p", "21060")
    with server(*serve.replace("''", "0.0.0.0").split(), *port):
        done = client(*ask.split(), *port)
    assert answer in done.stdout, done.stderr


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("udp_remote.py client 127.0.0.1 -p 21061", "127.0.0.1 port 21061: Connection refused"),
        ("udp_asyncio.py client 127.0.0.1 -p 21061", "Connection refused"),
        ("udp_checked.py -p 21061 --wait 0.1", "No answer from ('127.0.0.1', 21061)"),
    ],
)
def test_nobody_listens(words: str, sentence: str) -> None:
    done = client(*words.split())
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
