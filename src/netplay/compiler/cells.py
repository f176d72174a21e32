"""A value with its place, and the questions a parser asks of it.

Every question that is answered wrongly adds a problem and gives a harmless answer, so that one
pass over a file finds all of its mistakes, not only the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from netplay.compiler.read import Data, Document, Path, dotted
from netplay.errors import Problem, TopologyError, suggestion
from netplay.structs import Frozen

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:
    T, Generic = "T", {"T": object}  # to be subscripted is all that is asked of it

_FEW = 12
_WORDS = {True: "true", False: "false", None: "nothing"}
_FLAGS = {"yes": True, "on": True, "no": False, "off": False}


class At(Frozen, Generic[T]):
    """A checked value and where it was written."""

    value: T
    where: Path


class Problems:
    """The mistakes found so far, each with its place in the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []
        self.places: list[Path] = []  # of what was found

    def add(self, where: Path, message: str, *, key: bool = False) -> None:
        """Note a mistake in the value at *where* (or in its key), once."""
        line, column = self.document.place(where, key=key) or (None, None)
        file = self.document.file
        self.places.append(where)
        shown = dotted(where if file else _shortened(where))
        problem = Problem(shown, message, file=file, line=line, column=column)
        if str(problem) not in map(str, self.found):
            self.found.append(problem)

    def raise_if_any(self) -> None:
        """Raise TopologyError with all mistakes, in the order of the file."""
        if self.found:
            raise TopologyError(sorted(self.found, key=lambda p: (p.line or 0, p.column or 0)))


class Cell(Frozen):
    """One value of the document."""

    data: Data
    where: Path
    problems: Problems

    def __bool__(self) -> bool:
        return self.data is not None

    def refuse(self, message: str, *, key: bool = False) -> None:
        """Note a mistake here."""
        self.problems.add(self.where, message, key=key)

    def child(self, step: str | int, data: Data) -> Cell:
        """The value *data* that *step* leads to."""
        return Cell(data, (*self.where, step), self.problems)

    def mapping(
        self, known: Iterable[str] | None = None, elsewhere: Mapping[str, str] | None = None
    ) -> dict[str, Cell]:
        """The entries of a mapping; nothing counts as an empty one.

        With *known*, other keys are refused; *elsewhere* says of some where they belong.
        """
        if self.data is None:
            return {}
        if not isinstance(self.data, dict):
            self.refuse(f"this has to be a mapping, not {_kind(self.data)}")
            return {}
        cells = {name: self.child(name, data) for name, data in self.data.items()}
        if known is not None:
            names = frozenset(known)
            for name in [name for name in cells if name not in names]:
                place = (elsewhere or {}).get(name)
                tail = f"; it belongs under '{place}'" if place else _hint(name, names)
                cells.pop(name).refuse(f"unknown key '{name}'{tail}", key=True)
        return cells

    def items(self) -> Iterator[Cell]:
        """The items of a list; a value alone is a list of one, nothing is an empty list."""
        if isinstance(self.data, list):
            for index, item in enumerate(self.data):
                yield self.child(index, item)
        elif self.data is not None:
            yield self

    def list(self) -> list[Cell]:
        """The items of what has to be a list."""
        if self.data is not None and not isinstance(self.data, list):
            self.refuse(f"this has to be a list, not {_kind(self.data)}")
            return []
        return list(self.items())

    def text(self) -> str | None:
        """The value as words; numbers and booleans as they are written."""
        if isinstance(self.data, bool):
            return _WORDS[self.data]
        if isinstance(self.data, str | int | float):
            return str(self.data)
        self.refuse(f"this has to be text, not {_kind(self.data)}")
        return None

    def word(self, known: Iterable[str], what: str) -> str | None:
        """The value as one of the *known* words; *what* names them in the message."""
        text = self.text()
        names = tuple(known)
        if text is not None and text not in names:
            self.refuse(f"no {what} is called '{text}'{suggestion(text, names)}")
            return None
        return text

    def flag(self) -> bool:
        """The value as yes or no."""
        if isinstance(self.data, bool):
            return self.data
        if isinstance(self.data, str) and self.data.lower() in _FLAGS:
            return _FLAGS[self.data.lower()]
        self.refuse(f"this has to be true or false, not {_kind(self.data)}")
        return False

    def integer(self) -> int | None:
        """The value as a whole number."""
        if isinstance(self.data, int) and not isinstance(self.data, bool):
            return self.data
        self.refuse(f"this has to be a whole number, not {_kind(self.data)}")
        return None

    def parsed(self, parse: Callable[[str], T]) -> At[T] | None:
        """The value as *parse* understands it; its ValueError is the message."""
        text = self.text()
        if text is None:
            return None
        try:
            return At(parse(text), self.where)
        except ValueError as error:
            self.refuse(str(error))
            return None

    def all_parsed(self, parse: Callable[[str], T]) -> tuple[At[T], ...]:
        """The items of the list, each as *parse* understands it; wrong ones are left out."""
        found = (item.parsed(parse) for item in self.items())
        return tuple(at for at in found if at is not None)


def _shortened(where: Path) -> Path:
    """*where* without containerlab's long way to netplay's words, which nobody writes in Python."""
    for start, word in enumerate(where):
        for way in (("config", "vars", "netplay"), ("vars", "netplay")):
            if word == way[0] and where[start : start + len(way)] == way:
                return where[:start] + where[start + len(way) :]
    return where


def _hint(word: str, known: Iterable[str]) -> str:
    """The nearest known word; all of them only if they are few enough to be read."""
    import difflib  # wanted once somebody has mistyped, and not before

    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return suggestion(word, near or (names if len(names) <= _FEW else ()))


def _kind(data: object) -> str:
    if isinstance(data, dict):
        return "a mapping"
    if isinstance(data, list):
        return "a list"
    if data is None or isinstance(data, bool):
        return _WORDS[data]
    return f"'{data}'"
