"""The small languages: every spelling that is taken, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netplay.compiler import words
from netplay.export import words as written
from netplay.model import Impairment

TAKEN: list[tuple[Callable[[str], Any], str, object]] = [
    (words.duration, "50ms", 0.05),
    (words.duration, "1.5s", 1.5),
    (words.duration, "200us", 0.0002),
    (words.duration, ".5 s", 0.5),
    (words.duration, "0", 0.0),
    (words.share, "1%", 0.01),
    (words.share, "0.1%", 0.001),
    (words.share, "100%", 1.0),
    (words.share, "0", 0.0),
    (words.rate, "10mbit", 10_000_000),
    (words.rate, "64kbit", 64_000),
    (words.rate, "1Gbit", 10**9),
    (words.rate, "100bit", 100),
    (words.rate, "1kbps", 8_000),
    (words.packets, "1000", 1000),
    (words.mac, "02-00-00-00-00-FF", "02:00:00:00:00:ff"),
]

REFUSED: list[tuple[Callable[[str], Any], str]] = [
    (words.duration, "50"),
    (words.duration, "50 min"),
    (words.duration, "-5ms"),
    (words.duration, "ms"),
    (words.share, "0.5"),
    (words.share, "101%"),
    (words.rate, "10"),
    (words.rate, "10 m"),
    (words.packets, "-1"),
    (words.packets, "1.5"),
    (words.mac, "01:00:00:00:00:00"),
    (words.interface_address, "10.0.0.1"),
    (words.interface_address, "ff02::1/64"),
    (words.network, "10.0.0.1/8"),
    (words.host_name, "-a"),
    (words.host_name, "a..b"),
    (words.host_name, "x" * 254),
    (words.interface_name, "a" * 16),
    (words.interface_name, "."),
]


@pytest.mark.parametrize(("parse", "text", "value"), TAKEN)
def test_taken(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text"), REFUSED)
def test_refused(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match=text.replace(".", r"\.")[:20]):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "default via 10.0.0.1",
        "default via 10.0.0.1 dev eth0 src 10.0.0.2",
        "default via 2001:db8::1",
        "default dev eth0",
        "::/0 dev eth0",
        "10.0.0.0/8 via 10.1.1.1",
        "10.1.1.1/32 dev eth0",
        "unreachable 10.0.0.0/8",
        "blackhole default",
        "prohibit 2001:db8::/32",
    ],
)
def test_routes_are_written_as_they_are_read(text: str) -> None:
    assert written.route(words.route(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "example.com. MX 10 mail.example.com.",
        'example.com. 60 TXT "v=spf1 -all"',
        ". NS backbone.",
    ],
)
def test_records_are_written_as_they_are_read(text: str) -> None:
    assert written.record(words.record(text)) == text


def test_a_record_in_full() -> None:
    record = words.record("WWW.Example.com. IN 60 A  10.0.0.1")
    assert (record.name, record.type, record.value, record.ttl) == (
        "www.example.com",
        "A",
        "10.0.0.1",
        60,
    )


@pytest.mark.parametrize("seconds", [0.05, 1.5, 0.0002, 0.0123456, 120.0])
def test_durations_are_written_as_they_are_read(seconds: float) -> None:
    assert words.duration(written.duration(seconds)) == seconds


@pytest.mark.parametrize("bits", [1, 999, 64_000, 1_500_000, 10**9])
def test_rates_are_written_as_they_are_read(bits: int) -> None:
    assert words.rate(written.rate(bits)) == bits


def test_a_perfect_direction_needs_no_words() -> None:
    assert written.impairment(Impairment()) == {}


def test_binds_start_from_the_folder() -> None:
    assert words.bind("site:/srv:ro", "/lab").source == "/lab/site"
    assert words.bind("/etc/hosts:/hosts", "/lab").source == "/etc/hosts"
    assert words.bind("~/x:/x", "/lab").source.endswith("/x")
    assert "~" not in words.bind("~/x:/x", "/lab").source
