#!/usr/bin/env python3
"""What this Python's ssl module offers: its constants, as numbers and as bits.

python3 features.py                     all tables
python3 features.py protocol options    these
"""

import argparse
import sys

TABLES = {
    "protocol": "PROTOCOL_",
    "verify_mode": "CERT_",
    "verify_flags": "VERIFY_",
    "options": "OP_",
    "feature availability": "HAS_",
}
OTHERS = ["library", "ciphers", "groups"]


def show(wanted: list[str]) -> None:
    try:
        import ssl
    except ImportError:
        sys.exit("this Python was built without ssl")
    for title, prefix in TABLES.items():
        if title.split()[0] in wanted:
            print(f" {title} ".center(72, "-"))
            rows = [(int(getattr(ssl, n)), n) for n in dir(ssl) if n.startswith(prefix)]
            for value, name in sorted(rows):
                bits = value & 0xFFFFFFFF  # -1 means all of them
                print(f"{name:27}{bits:10} {bits:>32b}")
    if "library" in wanted:
        print(" library ".center(72, "-"))
        print(ssl.OPENSSL_VERSION)
    context = ssl.create_default_context()
    if "ciphers" in wanted:
        print(" default ciphers ".center(72, "-"))
        for cipher in context.get_ciphers():
            print(f"{cipher['protocol']:8} {cipher['name']}")
    if "groups" in wanted:
        print(" groups for the key exchange ".center(72, "-"))
        if hasattr(context, "get_groups"):
            print(*context.get_groups(), sep="\n")
        else:
            print("this Python can't tell (3.15 can); ask: openssl list -tls-groups")


if __name__ == "__main__":
    tables = [title.split()[0] for title in TABLES] + OTHERS
    parser = argparse.ArgumentParser(description="What this Python's ssl module offers.")
    parser.add_argument("table", nargs="*", help=", ".join(tables))
    args = parser.parse_args()
    if unknown := set(args.table) - set(tables):
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(tables)}")
    show(args.table or tables)
