"""What reaches a terminal is harmless; what reaches a pipe is as it was."""

from __future__ import annotations

import pytest

from netplay.cli import output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 漢字, 🙂", "plain, ünïcode, 漢字, 🙂"),
        ("a\tb", "a\tb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\rb\nc", "a\\rb\\nc"),
        ("\x9b31m", "\\x9b31m"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("\u2028", "\\u2028"),
        ("\udcff", "\\udcff"),
        ("\x00\x7f", "\\x00\\x7f"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert output.printable(text) == shown


def test_a_table_on_a_pipe_is_columns(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(("NAME", "SAYS"), [("h1", "a"), ("modemA", "\x1b[2J")])
    assert capsys.readouterr().out == "NAME    SAYS\nh1      a\nmodemA  \\x1b[2J\n"


def test_a_table_without_rows_is_its_titles(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(("NAME", "SAYS"), [])
    assert capsys.readouterr().out == "NAME  SAYS\n"


def test_a_line_on_a_pipe_is_as_it_was(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.show_line(b"\x1b[31m\xff\r\n", "h1 | ")
    output.show_line(b"oops\n", error=True)
    assert capfdbinary.readouterr() == (b"h1 | \x1b[31m\xff\r\n", b"oops\n")


def test_the_nearest_file(tmp_path: object) -> None:
    open(f"{tmp_path}/hosts", "w").close()
    assert output.nearest_file(f"{tmp_path}/hoss") == "; did you mean 'hosts'?"
    assert output.nearest_file(f"{tmp_path}/xyz") == ""
    assert output.nearest_file(f"{tmp_path}/no/where") == ""
