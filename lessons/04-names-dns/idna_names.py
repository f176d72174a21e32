#!/usr/bin/env python3
"""Names with all the world's letters: what is typed, what the DNS sees, and whose letters.

    python3 idna_names.py bücher.example straße.example

IDNA 2008 (RFC 5891) after the mapping of UTS 46, as browsers do it; the codec "idna" that
Python brings along is of 2003, and some names come out different.
"""

import argparse
import unicodedata

import idna


def old_form(name: str) -> str:
    """The name by the rules of 2003 (RFC 3490)."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return "not allowed"


def scripts(label: str) -> list[str]:
    """Whose letters a label has: the first word of each letter's Unicode name."""
    return sorted({unicodedata.name(c, "?").split()[0] for c in label if c.isalpha()})


def show(name: str) -> None:
    print(f"{name} ({len(name)} characters, {len(name.encode())} bytes in UTF-8)")
    try:
        wire = idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        print(f"  not a name: {error}")
        return
    print(f"  in the DNS      {wire}")
    if (old := old_form(name.lower())) != wire:
        print(f"  in IDNA 2003    {old}")
    print(f"  and back        {idna.decode(wire)}")
    for label in name.split("."):
        if len(found := scripts(label)) > 1:
            print(f"  WARNING: {label!r} mixes {' and '.join(found)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show names in the form that the DNS sees.")
    parser.add_argument("names", nargs="+", metavar="name")
    args = parser.parse_args()
    for name in args.names:
        show(name)
