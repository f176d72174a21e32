"""What a terminal shows, with the output whole and crumb by crumb."""

from __future__ import annotations

import pytest

from netplay.lessons.screen import Screen, show_line

LINES = [
    (b"plain\r", "plain"),
    (b"\r  10 bytes\r 200 bytes done\r", " 200 bytes done"),
    (b"abc\rX", "Xbc"),
    (b"ab\bc", "ac"),
    (b"\x1b[31mred\x1b[0m", "red"),
    (b"\x1b]0;a title\x07text", "text"),
    (b"\x1b[?2004h>>> ", ">>>"),
    (b"bell\x07", "bell"),
    (b"a\tb", "a\tb"),
    (b"trailing   ", "trailing"),
    ("Łódź".encode(), "Łódź"),
    (b"\xff", "\N{REPLACEMENT CHARACTER}"),
]


@pytest.mark.parametrize(("raw", "shown"), LINES)
def test_a_line_is_what_a_person_sees(raw: bytes, shown: str) -> None:
    assert show_line(raw) == shown


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_output_may_come_in_any_pieces(size: int) -> None:
    data = "one\r\ntwo Łódź\r\nName: ".encode()
    screen = Screen()
    for start in range(0, len(data), size):
        screen.write(data[start : start + size])
    assert screen.lines == ["one", "two Łódź"]
    assert screen.rest == "Name: "
    assert screen.take(1) == ["one"]
    assert screen.lines == ["two Łódź"]
    assert screen.take_all() == ["two Łódź", "Name:"]
    assert screen.take_all() == []


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("output", "left"),
    [
        (b"hello\r\nanswer\r\n", ["answer"]),  # the terminal, or readline, repeats it
        (b"\r\nanswer\r\n", ["answer"]),  # a password
        (b"\nanswer\r\n", ["answer"]),
        (b"answer\r\n", ["answer"]),  # nothing is repeated
        (b"hello world\r\n", ["hello world"]),
        (b"hello\r\nhello\r\n", ["hello"]),
    ],
)
def test_an_echo_is_no_output(output: bytes, left: list[str], size: int) -> None:
    screen = Screen()
    screen.expect_echo("hello")
    for start in range(0, len(output), size):
        screen.write(output[start : start + size])
    assert screen.lines == left


def test_a_prompt_keeps_its_blank() -> None:
    screen = Screen()
    screen.write(b"\x1b[1m>>> \x1b[0m")
    assert screen.rest == ">>> "
    assert screen.take_prompt() == ">>> "
    assert screen.rest == ""
