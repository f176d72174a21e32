#!/usr/bin/env python3
"""A shell to which nothing is special but white space.

    python3 shell.py
    python3 shell.py --quotes     quotes and the backslash count as well (shlex)

`show a b*` shows the arguments as they arrived; `exit` or Ctrl-D ends it.
"""

import argparse
import shlex
import subprocess
from contextlib import suppress


def obey(words: list[str]) -> None:
    if words[0] == "show":
        print("Arguments:", words[1:])
    else:
        subprocess.run(words, check=False)


def main(quotes: bool) -> None:
    while (line := input("] ")) != "exit":
        try:
            words = shlex.split(line) if quotes else line.split()
            if words:
                obey(words)
        except (OSError, ValueError) as error:  # no such program; a quote that does not end
            print(error)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A shell that expands nothing.")
    parser.add_argument("--quotes", action="store_true", help="quotes and backslash count")
    args = parser.parse_args()
    with suppress(EOFError, KeyboardInterrupt):
        main(args.quotes)
