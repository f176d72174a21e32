"""How the programs of this chapter end when something goes wrong: with one sentence.

with one_sentence(host, asyncssh.Error):     these errors, and those of the system
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_sentence(about: str, *errors: type[Exception]) -> Iterator[None]:
    expected: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except expected as error:
        sys.exit(f"{about}: {str(error) or type(error).__name__}")
    except KeyboardInterrupt:
        sys.exit(130)
