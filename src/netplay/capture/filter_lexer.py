"""The words of a filter, each with its column, and the error that points at one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netplay.capture.escaping import escape
from netplay.errors import LabError

_OPERATOR = r"&&|\|\||<<|>>|<=|>=|==|!=|[()\[\]!&|^+\-*/%<>=:]"
# pcap-filter(7): a keyword that is meant as a name is written with a backslash.
_NAME = r"\\?[A-Za-z0-9_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_:])?|::[0-9A-Fa-f:.]*"
_OUTSIDE = re.compile(rf"\s*(?:(?P<word>{_NAME})|(?P<op>{_OPERATOR}))")
# In brackets a colon separates offset and size: tcp[2:2] is not an address.
_INSIDE = re.compile(rf"\s*(?:(?P<word>[A-Za-z0-9_][A-Za-z0-9_-]*)|(?P<op>{_OPERATOR}))")
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
SYNONYMS = {"&&": "and", "||": "or", "!": "not", "==": "="}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or an operator; ``column`` counts from 1. The end is a token without text."""

    text: str
    column: int
    is_word: bool = False
    quoted: bool = False  # written with a backslash: never a keyword


class FilterProblem(Exception):
    """What is wrong with a filter, and in which column."""

    def __init__(self, column: int, sentence: str) -> None:
        self.column, self.sentence = column, sentence
        super().__init__(sentence)

    def explain(self, text: str) -> LabError:
        """The error for a person: the sentence, the filter, and a mark under the place."""
        before = escape(text[: self.column - 1])
        shown = before + escape(text[self.column - 1 :])
        mark = " " * len(before) + "^"
        return LabError(f"filter, column {self.column}: {self.sentence}\n  {shown}\n  {mark}")


class Cursor:
    """A place in a row of tokens."""

    def __init__(self, text: str) -> None:
        self.tokens, self.place = tokens(text), 0

    @property
    def next(self) -> Token:
        """The token that comes next; it stays."""
        return self.tokens[self.place]

    def ahead(self, count: int) -> Token:
        """A later token, or the end."""
        return self.tokens[min(self.place + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is then behind us."""
        token = self.next
        self.place += bool(token.text)
        return token

    def accept(self, *texts: str) -> str:
        """Take the next token if it is one of *texts* and not quoted; else the empty string."""
        token = self.next
        return self.take().text if token.text in texts and not token.quoted else ""

    def expect(self, text: str) -> None:
        """Take *text*, or complain."""
        if not self.accept(text):
            raise self.problem(f"{text!r} is missing here")

    def number(self) -> int:
        """Take a number, written as in C: 0x is hexadecimal, a leading zero octal."""
        token = self.take()
        if not NUMBER.fullmatch(token.text):
            raise self.problem(f"a number should stand here, not {token.text!r}", token)
        text = token.text.lower()
        octal = len(text) > 1 and text[0] == "0" and not set(text) - set("01234567")
        return int(text, 16 if text[:2] == "0x" else 8 if octal else 10)

    def problem(self, sentence: str, token: Token | None = None) -> FilterProblem:
        """The error for *token*, or for the one that comes next."""
        return FilterProblem((token or self.next).column, sentence)


def tokens(text: str) -> list[Token]:
    """The tokens of *text*, and an empty one for its end."""
    found: list[Token] = []
    place, depth = 0, 0
    while text[place:].strip():
        match = (_INSIDE if depth else _OUTSIDE).match(text, place)
        if match is None:
            rest = text[place:]
            column = place + len(rest) - len(rest.lstrip()) + 1
            raise FilterProblem(column, f"{text[column - 1]!r} means nothing here")
        word = match["word"]
        begin = match.start("word" if word else "op")
        if word:
            quoted = word.startswith("\\")
            found.append(Token(word.removeprefix("\\"), begin + 1, True, quoted))
        else:
            depth += {"[": 1, "]": -1}.get(match["op"], 0)
            found.append(Token(SYNONYMS.get(match["op"], match["op"]), begin + 1))
        place = match.end()
    found.append(Token("", len(text.rstrip()) + 1))
    return found
