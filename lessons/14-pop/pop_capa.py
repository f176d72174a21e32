#!/usr/bin/env python3
"""Ask what a server can do, before TLS and after it, and decide how to log in.

python3 pop_capa.py mail.example.com brandon
"""

import argparse
import poplib
import ssl
import textwrap

from pop_login import ACCOUNT, sentences, shown

Capabilities = dict[str, list[str]]


def way_in(capa: Capabilities, user: str, encrypted: bool) -> str:
    if not encrypted:
        return "STLS first" if "STLS" in capa else "not at all: others could read the password"
    # RFC 1939 knows ASCII only. RFC 6856 §2.2: "USER" behind UTF8 means UTF-8 is welcome.
    if "USER" in capa and (user.isascii() or "USER" in capa.get("UTF8", [])):
        return "USER and PASS"
    if "PLAIN" in capa.get("SASL", []):
        return "AUTH PLAIN"  # RFC 4616: always UTF-8
    return "not at all: we don't know its ways"


def show(title: str, capa: Capabilities, advice: str) -> None:
    listed = ", ".join(shown(" ".join([name, *words])) for name, words in capa.items())
    print(textwrap.fill(f"{title}: {listed}", 76, subsequent_indent="  "))
    print(f"  The way in: {advice}")


def main(host: str, user: str, port: int) -> None:
    context = ssl.create_default_context()
    with sentences(host):  # no closing(): after a failed handshake, poplib can't close
        pop = poplib.POP3(host, port, timeout=30)
        capa = pop.capa()
        show("In clear", capa, way_in(capa, user, encrypted=False))
        if "STLS" in capa:
            pop.stls(context)
            capa = pop.capa()  # what was said in clear does not count any more (RFC 2595 §4)
            show("Encrypted", capa, way_in(capa, user, encrypted=True))
        pop.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask for capabilities.", parents=[ACCOUNT])
    parser.add_argument("-p", metavar="PORT", type=int, default=110, help="TCP port (110)")
    args = parser.parse_args()
    main(args.hostname, args.username, args.p)
