"""Chapter 8: what its transcripts cannot show."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from netplay import Lab

FOLDER = Path(__file__).parents[3] / "lessons" / "08-caches-queues"
LESSONS = "/lessons/08-caches-queues"
WORDS = (FOLDER / "words.txt").read_text(encoding="utf-8").split()


def run(program: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FOLDER / program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def names(program: str) -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / program))


def in_lab(lab: Lab, code: str, *words: str) -> str:
    """What Python code prints on h1, in the chapter's folder and with its libraries."""
    script = f"import sys; sys.path.insert(0, {LESSONS!r})\n{code}"
    done = lab["h1"].run("python3", "-c", script, *words, timeout=60)
    assert done.stderr == ""
    return done.stdout


# Words and servers


def test_the_word_list_is_sorted_lower_case_and_without_repetition() -> None:
    assert sorted(set(WORDS)) == WORDS
    assert all(word.isascii() and word.isalpha() and word == word.lower() for word in WORDS)
    assert len(WORDS) > 1000


@pytest.mark.parametrize(
    ("word", "server"),
    [("fast", 0), ("g", 1), ("müde", 1), ("n", 2), ("szép", 2), ("t", 3), ("äpfel", 3)],
)
def test_the_alphabet_is_cut_at_g_n_and_t(word: str, server: int) -> None:
    assert names("hashing.py")["alpha_shard"](word) == f"server{server}"


@pytest.mark.parametrize(("word", "server"), [("", 2), ("a", 1), ("müde", 2)])
def test_md5_takes_the_last_byte_of_the_digest_of_utf_8(word: str, server: int) -> None:
    # md5sum says d41d...7e, 0cc1...61 and, of the five bytes of "müde" in UTF-8, ff9d...fe.
    assert names("hashing.py")["md5_shard"](word) == f"server{server}"


def test_only_hash_changes_its_mind() -> None:
    def answers(seed: str) -> list[str]:
        found = []
        for word in ("network", "socket", "cache", "queue"):
            found += run("hashing.py", "--where", word, PYTHONHASHSEED=seed).stdout.splitlines()
        return found

    one, two = answers("1"), answers("2")
    assert {line for line in one if line[:4] != "hash"} == {x for x in two if x[:4] != "hash"}
    assert one != two


def test_hashing_reads_a_list_of_ones_own_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("Äpfel\nbirnen\n", encoding="utf-8")
    # Not as the locale's encoding, whatever that is.
    done = run("hashing.py", str(path), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.stdout.splitlines()[:5] == [
        "alpha",
        "   server0      1  0.50",
        "   server1      0  0.00",
        "   server2      0  0.00",
        "   server3      1  0.50",
    ]


@pytest.mark.parametrize("program", ["hashing.py", "consistent.py"])
def test_a_missing_or_empty_list_ends_in_a_sentence(program: str, tmp_path: Path) -> None:
    done = run(program, "/nowhere/words")
    assert done.returncode == 1
    assert done.stderr == (
        "cannot read /nowhere/words: [Errno 2] No such file or directory: '/nowhere/words'\n"
    )
    empty = tmp_path / "empty"
    empty.touch()
    done = run(program, str(empty))
    assert done.returncode == 1
    assert done.stderr.startswith("there are no ")
    assert done.stderr.count("\n") == 1


def test_consistent_hashing_moves_keys_to_the_new_server_only() -> None:
    module = names("consistent.py")
    old, new = ["a", "b", "c"], ["a", "b", "c", "d"]
    rings = module["Ring"](old, 50), module["Ring"](new, 50)
    for before, after in [
        (
            [module["rendezvous"](w, old) for w in WORDS],
            [module["rendezvous"](w, new) for w in WORDS],
        ),
        ([rings[0](w) for w in WORDS], [rings[1](w) for w in WORDS]),
    ]:
        moved = Counter(b for a, b in zip(before, after, strict=True) if a != b)
        assert set(moved) == {"d"}
        assert 0.15 < moved["d"] / len(WORDS) < 0.35


def test_a_ring_has_no_gap_at_its_end() -> None:
    ring = names("consistent.py")["Ring"](["only"], 1)
    assert {ring(word) for word in WORDS[:50]} == {"only"}


def test_a_ring_without_points_is_refused() -> None:
    done = run("consistent.py", "--points", "0")
    assert done.returncode == 2
    assert "a point on the ring" in done.stderr


# Caches


@pytest.mark.lab
@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["squares.py", "h2"], "the memcached at h2 does not answer: "),
        (["squares.py", "h2", "--backend", "valkey"], "the valkey at h2 does not answer: "),
        (["squares.py", "nowhere.example.com"], "the memcached at nowhere.example.com does not"),
        (["cache_valkey.py", "h2"], "the valkey at h2 does not answer: "),
        (["cache_valkey.py", "h2", "--cure", "early"], "the valkey at h2 does not answer: "),
        (["cache_negative.py", "h2"], "the valkey at h2 does not answer: "),
        (["jobqueue.py", "h2", "status"], "the valkey at h2 does not answer: "),
        (["jobworker.py", "h2", "anna"], "the valkey at h2 does not answer: "),
        (["pubsub_broker.py", "www", "publish", "a", "b"], "the broker at www: "),
        (["pubsub_broker.py", "www", "subscribe", "a"], "the broker at www: "),
        (["lru_http_cache.py", "www"], "www: Request URL is missing"),
        (["lru_http_cache.py", "http://nowhere.example.com"], "http://nowhere.example.com: "),
        (["curve_keys.py", "/proc/pi", "user"], "cannot write keys: "),
        (["queuepi_procs.py", "tally", "*", "--folder", "/tmp/no"], "tally: there are no keys"),
        (["queuepi_procs.py", "yes", "www", "--folder", "/tmp/no"], "yes: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_no_server_is_one_sentence_and_status_1(lab: Lab, argv: list[str], sentence: str) -> None:
    # The original was silent without a cache, and merely slow.
    done = lab["h1"].run("python3", f"{LESSONS}/{argv[0]}", *argv[1:], timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


@pytest.mark.lab
def test_squares_keeps_integers_and_finds_a_wrong_one(lab: Lab) -> None:
    code = """
from squares import Json, square
class Fake(dict):
    def set(self, key, value): self[key] = Json().serialize(key, value)
    def get(self, key):
        return Json().deserialize(key, *super().get(key)) if key in self else None
cache = Fake()
print(square(cache, 0), square(cache, 0), square(cache, 12), square(cache, 12), sorted(cache))
print(cache['sq:12'])
"""
    assert in_lab(lab, code) == (
        "(0, False) (0, True) (144, False) (144, True) ['sq:0', 'sq:12']\n(b'144', 0)\n"
    )


@pytest.mark.lab
def test_squares_asks_for_all_numbers_from_0_to_5000(lab: Lab) -> None:
    code = """
import random, squares
numbers = random.Random(1)
seen = {numbers.randrange(squares.KEYS) for _ in range(100_000)}
print(min(seen), max(seen), len(seen))
"""
    assert in_lab(lab, code) == "0 5000 5001\n"


@pytest.mark.lab
def test_the_http_cache_forgets_what_was_used_least_recently(lab: Lab) -> None:
    code = """
from hishel import Headers, Request, Response
from lru_http_cache import LruStorage
store = LruStorage(2)
def put(key):
    response = Response(status_code=200, headers=Headers({}), stream=iter([b'a', b'b']))
    request = Request(method='GET', url='http://x/', headers=Headers({}))
    return store.create_entry(request, response, key)
put('one'); put('two')
print([b''.join(e.response.stream) for e in store.get_entries('one')])
print([b''.join(e.response.stream) for e in store.get_entries('one')])
entry = put('three')
print([len(store.get_entries(k)) for k in ('one', 'two', 'three')])
store.update_headers(entry.id, Headers({'age': '7'}))
print(store.get_entries('three')[0].response.headers['age'])
store.remove_entry(entry.id)
print([len(store.get_entries(k)) for k in ('one', 'two', 'three')])
"""
    assert in_lab(lab, code).splitlines() == ["[b'ab']", "[b'ab']", "[1, 0, 1]", "7", "[1, 0, 0]"]


# Messages


@pytest.mark.lab
def test_the_bits_of_the_two_coordinates_take_turns(lab: Lab) -> None:
    code = """
from piworkers import coordinates
print(coordinates('10' * 32) == (2**32 - 1, 0), coordinates('01' + '00' * 31) == (0, 2**31))
"""
    assert in_lab(lab, code) == "True True\n"


@pytest.mark.lab
def test_sums_of_65_bits_survive_the_journey(lab: Lab) -> None:
    code = """
import asyncio, zmq, zmq.asyncio
from piworkers import pythagoras
async def main():
    context = zmq.asyncio.Context()
    answers, asks = context.socket(zmq.REP), context.socket(zmq.REQ)
    answers.bind('inproc://sums'); asks.connect('inproc://sums')
    task = asyncio.create_task(pythagoras(answers))
    await asks.send_json([2**32 - 1, 2**32 - 1])
    print(await asks.recv_json() == 2 * (2**32 - 1) ** 2)
    task.cancel()
asyncio.run(main())
"""
    assert in_lab(lab, code) == "True\n"


@pytest.mark.lab
def test_the_source_waits_for_a_reader_of_each_quarter(lab: Lab) -> None:
    code = """
import asyncio
from piworkers import bitsource
class Points:
    news = [b'\\x0100', b'\\x0000', b'\\x0101', b'\\x0110', b'\\x0110', b'\\x0111', b'late']
    sent = []
    async def recv(self): return self.news.pop(0)
    async def send_string(self, text): self.sent.append(text)
asyncio.run(bitsource(Points(), 3, 8))
print(Points.news, len(Points.sent), {len(text) for text in Points.sent})
"""
    assert in_lab(lab, code) == "[b'late'] 3 {64}\n"


@pytest.mark.lab
def test_a_job_that_somebody_acknowledges_meanwhile_is_nobodys(lab: Lab) -> None:
    code = """
from jobworker import jobs
class Queue:
    claims = [[None, [('1-0', {'amount': '5'})]], [None, []]]
    def xreadgroup(self, *_, **__): return []
    def xautoclaim(self, *_, **__): return self.claims.pop(0)
    def xpending_range(self, *_): return []
    def xpending(self, *_): return {'pending': 0}
print(list(jobs(Queue(), 'anna')))
"""
    assert in_lab(lab, code) == "[]\n"


@pytest.mark.lab
def test_pi_is_about_pi_whatever_the_points_are(lab: Lab) -> None:
    done = lab["h1"].run("python3", f"{LESSONS}/queuepi.py", "--points", "1000", timeout=60)
    last = done.stdout.splitlines()[-1]
    assert last.startswith(" 1000 points, pi is about ")
    assert 2.8 < float(last.split()[-1]) < 3.5  # six standard deviations
    assert done.stderr == ""


@pytest.mark.lab
def test_a_port_in_use_is_one_sentence(lab: Lab) -> None:
    code = """
import socket, subprocess, sys
with socket.create_server(('127.0.0.1', 6701)):
    done = subprocess.run([sys.executable, sys.argv[1]], capture_output=True, text=True, timeout=30)
print(done.returncode, done.stderr, end='')
"""
    printed = in_lab(lab, code, f"{LESSONS}/queuepi.py")
    assert printed.startswith("1 one of the ports 6700 to 6702: Address already in use")
    assert printed.count("\n") == 1


@pytest.mark.lab
def test_the_secret_half_of_a_key_is_the_owners_alone(lab: Lab) -> None:
    folder = lab["h1"].run("mktemp", "-d").stdout.strip()
    lab["h1"].run("python3", f"{LESSONS}/curve_keys.py", folder, "user")
    assert lab["h1"].run("stat", "-c", "%a", f"{folder}/user.key_secret").stdout == "600\n"
    assert "secret-key" not in lab["h1"].run("cat", f"{folder}/user.key").stdout
    lab["h1"].run("rm", "-r", folder)


@pytest.mark.lab
def test_ctrl_c_is_a_quiet_end(lab: Lab) -> None:
    done = lab["h1"].run(
        *("timeout", "-s", "INT", "2", "python3", f"{LESSONS}/queuepi.py", "--points", "100000"),
        timeout=30,
        check=False,
    )
    # pyzmq may warn, in two lines, of the message that was just under way.
    warning = r".*/zmq/_future\.py:\d+: RuntimeWarning: .*\n  warnings\.warn\(\n"
    assert re.fullmatch(f"({warning})*", done.stderr)
