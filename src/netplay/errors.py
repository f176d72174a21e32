"""Every exception netplay raises on purpose, split by who has to act.

    NetplayError
     ├── TopologyError     the description is wrong          exit status 2
     ├── HostError         this computer lacks something     exit status 3
     │    └── ImageError   the root image cannot be made
     ├── LabError          the running lab refuses           exit status 125
     │    ├── NoSuchLab
     │    └── NoSuchNode
     └── LessonError       a lesson is not as it should be   exit status 1

The message of each is a sentence for a person: where it is, what is wrong, and
what to try. The command line prints it after ``netplay:`` and leaves with
``exit_status``; nothing else in the package prints or exits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "HostError",
    "ImageError",
    "LabError",
    "LessonError",
    "NetplayError",
    "NoSuchLab",
    "NoSuchNode",
    "Problem",
    "TopologyError",
    "suggestion",
]


class NetplayError(Exception):
    """The base of all errors that netplay explains."""

    exit_status = 125


class Problem:
    """One mistake in a topology: where it is, what it is, and what to try.

    ``file``, ``line`` and ``column`` (both from 1) are None for a topology that was
    built in Python; ``where`` is then the whole address, as in ``links[3].endpoints[1]``.
    """

    __slots__ = ("column", "file", "line", "message", "where")

    def __init__(
        self,
        where: str,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.where = where
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.where, self.message) if part)

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"


class TopologyError(NetplayError):
    """The description of a network cannot be built; ``problems`` has every reason."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class HostError(NetplayError):
    """This computer lacks a right, a tool or a kernel feature that netplay needs."""

    exit_status = 3


class ImageError(HostError):
    """The root image could not be built, unpacked or found."""


class LabError(NetplayError):
    """The running lab cannot do what was asked."""


class NoSuchLab(LabError):
    """No lab of that name is up."""


class NoSuchNode(LabError):
    """The lab has no node of that name."""


class LessonError(NetplayError):
    """A lesson does not do what its page says."""

    exit_status = 1


def suggestion(word: str, known: Iterable[str]) -> str:
    """The tail of a sentence about an unknown word: the nearest one, or all of them.

    >>> suggestion("modmA", ["modemA", "h1"])
    "; did you mean 'modemA'?"
    """
    import difflib  # wanted once somebody has mistyped, and not before

    names = sorted(set(known))
    nearest = difflib.get_close_matches(word, names, n=1)
    if nearest:
        return f"; did you mean '{nearest[0]}'?"
    if not names:
        return ""
    return "; known are " + ", ".join(names)
