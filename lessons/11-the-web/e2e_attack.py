#!/usr/bin/env python3
"""Attack a bank in four ways, with a real browser, and tell which of them work.

    python3 e2e_attack.py http://www.example.com:5000/ http://kittens.test:8000/ --expect works

The first URL is the bank's; the second that of a server with this folder's csrf_auto.html. With
--expect, the exit status is 1 if a single attack does otherwise: a test that a machine can run.
"""

import argparse
import sys
from contextlib import suppress

NAMES = ("forged_cookie", "reflected_script", "stored_script", "forged_form")


def main(args: argparse.Namespace) -> bool:
    """Whether all went as expected."""
    from attacks import Attacks  # needs selenium, which --help does not
    from headless import browser

    # A success is seen at once. A failure is when nothing has come for a while.
    patience = 20 if args.expect == "works" else 1.5
    as_expected = True
    with browser() as chrome:
        attacks = Attacks(chrome, args.bank, args.attacker, patience)
        for name in [args.only] if args.only else NAMES:
            outcome = "works" if getattr(attacks, name)() else "fails"
            as_expected &= args.expect in (None, outcome)
            print(f"{name.replace('_', ' '):16} {outcome}", flush=True)
    return as_expected


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Attack a bank in four ways.")
    parser.add_argument("bank", help="the bank's first page")
    parser.add_argument("attacker", help="where the attacker's pages are")
    parser.add_argument("--expect", choices=["works", "fails"], help="what each attack should do")
    parser.add_argument("--only", choices=NAMES, help="one attack instead of all")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            sys.exit(0 if main(args) else 1)
        except ValueError:  # a form with other fields
            sys.exit(f"this is not the bank's first page: {args.bank}")
