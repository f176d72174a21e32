"""From the words of a command line to an exit status: the one place where errors are told.

    0  well done                      125  netplay failed; nothing of the program's
    2  wrong usage, wrong topology    126  the program is not executable
    3  this computer lacks something  127  the program is not there
                                      130  Ctrl-C

All others are the program's own.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from netplay.errors import NetplayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 2
FAILED = 125
INTERRUPTED = 130  # 128 + SIGINT, as a shell says it
BROKEN_PIPE = 141  # 128 + SIGPIPE


class UsageError(NetplayError):
    """The words of the command line make no command."""

    exit_status = USAGE


def run(argv: Sequence[str]) -> int:
    """Does what *argv* says and returns the exit status; raises nothing."""
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
    except NetplayError as error:
        return _complain(error, str(error), error.exit_status)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it
        # closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(error, f"{where}{error.strerror or error}", FAILED)
    except Exception as error:  # the last stop: a person gets a sentence, not our call stack
        sentence = (
            f"this is a mistake in netplay ({type(error).__name__}: {error}); please report it,"
            " with what NETPLAY_DEBUG=1 shows"
        )
        return _complain(error, sentence, FAILED)
    return code


def _dispatch(argv: Sequence[str]) -> int:
    _open_missing_streams()
    from netplay.cli.words import parse

    program = parse(argv)
    if program is not None:
        from netplay.cli.run import run_program

        return run_program(program)
    if argv[:1] == ["__complete"]:
        from netplay.cli.complete import answer

        return answer(argv[1:])
    from netplay.cli.verbs import run_verb

    return run_verb(argv)


def _open_missing_streams() -> None:
    """A stream that the caller has closed becomes /dev/null.

    Or the next file that is opened, the keeper's socket, would take its number.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # open(2): the lowest number that is free


def _complain(error: BaseException, sentence: str, status: int) -> int:
    if os.environ.get("NETPLAY_DEBUG"):
        import traceback

        traceback.print_exception(error)
    from netplay.cli.output import as_typed

    with suppress(OSError):  # nobody listens; the status says it too
        print(f"netplay: {as_typed(sentence)}", file=sys.stderr, flush=True)
    return status
