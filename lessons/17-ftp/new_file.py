"""A file that was not there before; and that is not there afterwards if something went wrong.

It is not run by itself: the downloads write to it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


def made(name: str) -> BinaryIO:
    try:
        return open(name, "xb")  # x: make it, or fail if it exists; nobody gets in between
    except FileExistsError:
        sys.exit(f"refusing to overwrite your {name} file")
    except OSError as error:
        sys.exit(f"{name}: {error.strerror}")


@contextmanager
def new_file(name: str) -> Iterator[BinaryIO]:
    with made(name) as file:
        try:
            yield file
        except BaseException:  # also Ctrl-C: half a file that looks whole is worse than none
            os.unlink(name)
            raise
