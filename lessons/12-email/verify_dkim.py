#!/usr/bin/env python3
"""Check the DKIM signatures of a message: whose they are, what they cover, whether they fit.

    python3 verify_dkim.py /tmp/signed.eml

Asks the DNS for the key of each. Ends with status 1 if not one of them is good.
"""

import argparse
import re
import sys
import textwrap

import dkim
import dns.exception
import dns.resolver

# RFC 5322 section 3.6: at most one of each. With two, the signature is about one, and a mail
# program shows the other (RFC 6376 section 8.15).
SINGLE = ("from", "to", "cc", "subject", "date", "message-id", "reply-to")


def check(message: bytes, index: int) -> bool:
    """Show one signature and what is to be said about it."""
    verifier = dkim.DKIM(message)
    found: list[str] = []

    def key(name: bytes, timeout: float) -> bytes | None:
        place = printable(name).rstrip(".")
        try:
            answer = dns.resolver.resolve(place, "TXT", lifetime=timeout)
            return b"".join(answer[0].strings)
        except (dns.exception.Timeout, dns.resolver.NoNameservers):
            found.append(f"not to be told: the DNS says nothing about {place}")
        except dns.exception.DNSException:
            found.append(f"bad: the DNS has no key at {place}")
        return None

    try:
        good = verifier.verify(index, dnsfunc=key)
        # Of a wrong body the library says so; else it is the header that was not signed so.
        verdict = "good" if good else "bad: the header, or the key, does not fit"
    except dkim.DKIMException as error:
        good, verdict = False, f"bad: {reason(str(error))}"
    tags = {printable(name): printable(tag) for name, tag in verifier.signature_fields.items()}
    print(f"Signature of {tags.get('d', '?')} with the key {tags.get('s', '?')!r}:")
    covered = " ".join(re.split(r"\s*:\s*", tags.get("h", "").strip()))
    for line in textwrap.wrap(f"covers {covered}", 74, break_on_hyphens=False):
        print(" ", line)
    if "l" in tags:
        print(f"  and of the text only {tags['l']} bytes: anything may follow them")
    print(" ", found[0] if found else verdict)
    return bool(good)


def printable(raw: bytes) -> str:
    """Without the control characters that rule a terminal."""
    text = raw.decode(errors="replace")
    return "".join(c if c.isprintable() or c in "\r\n\t" else "�" for c in text)


def reason(error: str) -> str:
    changed = error.startswith("body hash")
    return "the text is not what was signed" if changed else printable(error.encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check the DKIM signatures of a message.")
    parser.add_argument("file", nargs="?", help="the message (without: standard input)")
    args = parser.parse_args()
    try:
        with open(args.file, "rb") if args.file else sys.stdin.buffer as binary:
            message = binary.read()
    except OSError as error:
        sys.exit(f"{args.file}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        names = [printable(name).lower() for name, _ in dkim.rfc822_parse(message)[0]]
    except dkim.DKIMException as error:
        sys.exit(f"not a message: {error}")
    results = [check(message, i) for i in range(names.count("dkim-signature"))]
    if not results:
        print("Nobody has signed this message")
    if double := [name for name in SINGLE if names.count(name) > 1]:
        print(f"Not to be believed: more than one {' and '.join(double)}")
    sys.exit(0 if any(results) and not double else 1)
