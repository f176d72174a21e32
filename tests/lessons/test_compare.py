"""Masks, comparing, merging: all of it pure."""

from __future__ import annotations

import re

import pytest

from netplay.lessons.compare import difference, matches, matching_start, merge, sorted_body
from netplay.lessons.masks import SHARED, mask

MASKED = [
    ("('10.25.1.65', 45123) says", "('10.25.1.65', <port>) says"),
    ("('::1', 45123, 0, 0)", "('::1', <port>, 0, 0)"),
    ("10.25.1.65:45123", "10.25.1.65:<port>"),
    ("[2001:db8::1]:45123", "[2001:db8::1]:<port>"),
    ("IP 10.25.1.65.45123 > 10.130.1.4.80: UDP", "IP 10.25.1.65.<port> > 10.130.1.4.80: UDP"),
    ("from port 45123 on", "from port <port> on"),
    ("('0.0.0.0', 1060)", "('0.0.0.0', 1060)"),
    ("41.521954 -84.306691", "41.521954 -84.306691"),
    ("45123 bytes", "45123 bytes"),
    ("at 12:34:56.789 sharp", "at <time> sharp"),
    ("2026-11-22", "<date>"),
    ("Date: Sun, 22 Nov 2026 15:19:36 GMT", "Date: <http date> <time> GMT"),
    ("- [22/Nov/2026 15:19:36]", "- [<log date> <time>]"),
    ("connection (TCP)           0.18 ms", "connection (TCP)<ms> ms"),
    ("connection (TCP)          10.18 ms", "connection (TCP)<ms> ms"),
    ("time=0.108 ms", "time=<ms> ms"),
    ("rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms", "rtt min/avg/max/mdev =<ms> ms"),
    ("3 answers in 0.03 seconds", "3 answers in<seconds> seconds"),
    ("pid 123 left", "pid <pid> left"),
    ("<object at 0x7f0123456789>", "<object at <memory address>>"),
]


@pytest.mark.parametrize(("line", "masked"), MASKED)
def test_shared_masks(line: str, masked: str) -> None:
    assert mask(line, SHARED) == masked


FITS = [
    ("a b c", "a b c", True),
    ("a b c", "a b", False),
    ("a b", "a b c", False),
    ("a [...]", "a b c", True),
    ("a [...]", "a", True),
    ("[...] c", "a b c", True),
    ("[...]", "", True),
    ("", "", True),
    ("", "a", False),
    ("a [...] c [...] e", "a b c d e", True),
    ("a [...] e [...] c", "a b c d e", False),
    ("a [...] a", "a", False),
    ("[...] b [...] b [...]", "a b c", False),
]


@pytest.mark.parametrize(("page", "printed", "fits"), FITS)
def test_elisions_stand_for_any_lines(page: str, printed: str, fits: bool) -> None:
    assert matches(page.split(), printed.split(), SHARED) is fits


def test_the_fewest_lines_that_are_what_the_page_says() -> None:
    assert matching_start(["a", "b"], ["a", "b", "c"], SHARED) == 2
    assert matching_start(["a", "b"], ["a"], SHARED) is None
    assert matching_start([], ["a"], SHARED) == 0
    assert matching_start(["[...]", "b"], ["a", "b", "b"], SHARED) == 2
    assert matching_start(["('::1', 40000)"], ["('::1', 50000)", "x"], SHARED) == 1


def test_a_merge_keeps_what_masks_call_equal() -> None:
    page = ["at ('::1', 40000)", "old", "took 0.10 seconds"]
    printed = ["at ('::1', 50000)", "new", "more", "took 0.20 seconds"]
    assert merge(page, printed, SHARED) == [page[0], "new", "more", page[2]]
    assert merge(["a", "[...]"], ["a", "b"], SHARED) == ["a", "[...]"]


def test_a_difference_names_file_and_line() -> None:
    text = difference(
        ["at ('::1', 40000)", "old"],
        ["at ('::1', 50000)", "new"],
        SHARED,
        file="README.md",
        line=57,
        title="h1$ python3 x.py",
    )
    assert text.splitlines() == [
        "--- README.md:57  h1$ python3 x.py",
        "+++ printed now by  h1$ python3 x.py",
        "@@ -57,2 +57,2 @@",
        " at ('::1', 40000)",
        "-old",
        "+new",
    ]


def test_any_order_is_the_order_of_what_is_not_masked() -> None:
    masks = {"number": re.compile(r"\d+")}
    assert sorted_body(["b 1", "a 2"], masks) == ["a 2", "b 1"]
    assert sorted_body(["b 2", "a 1"], masks) == ["a 1", "b 2"]
