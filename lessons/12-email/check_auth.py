#!/usr/bin/env python3
"""May this server speak in the name of the author? SPF, DKIM, and what DMARC makes of them.

    python3 check_auth.py 10.130.1.3 brandon@example.com message.eml

The address of the server that brought the message, and the sender that it named (MAIL FROM),
do not stand in the message: the server that takes it knows them. Status 1 if DMARC says no.
"""

import argparse
import email
import email.policy
import sys
from contextlib import suppress
from email.message import EmailMessage
from ipaddress import ip_address

import dkim
import dns.exception
import spf
from authheaders.dmarc_lookup import lookup_receiver_record


def walk(domain: str) -> tuple[str, dict[str, str]]:
    """Whose *domain* is, and its DMARC record: ask at each name that it is in (RFC 9989 §4.10)."""
    labels, organisation = domain.split("."), domain
    found: dict[str, dict[str, str]] = {}
    while labels:
        name = ".".join(labels)
        if record := lookup_receiver_record(name):
            found[name] = record
            public = record.get("psd") == "y"  # everybody can have a name below it, as below com
            organisation = ".".join(domain.split(".")[-len(labels) - public :])
            if record.get("psd", "u") != "u":
                break
        labels = labels[-7:] if len(labels) > 8 else labels[1:]
    upper = found.get(organisation) or next(reversed(found.values()), {})
    return organisation, found.get(domain, upper)


def aligned(domain: str, author: str, mode: str) -> bool:
    """Whether they are the same people; in mode s (strict), the very same name."""
    return domain == author or (mode != "s" and walk(domain)[0] == walk(author)[0])


def signers(message: bytes, count: int) -> list[str]:
    """The domains whose signatures are good; a bad one counts as none (RFC 6376 section 6.1)."""
    good = []
    for index in range(count):
        verifier = dkim.DKIM(message)
        with suppress(dkim.DKIMException):
            if verifier.verify(index):
                good.append(verifier.domain.decode().lower())
    return good


def check(ip: str, sender: str, helo: str, raw: bytes) -> bool:
    message: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)
    server = (sender.rpartition("@")[2] or helo).lower()
    spf_result, _ = spf.check2(ip, sender, helo)
    print(f"SPF    {spf_result}: {ip}, in the name of {server}")
    good = signers(raw, len(message.get_all("DKIM-Signature", [])))
    print(f"DKIM   {'pass' if good else 'none'}: signed by {', '.join(good) or 'nobody'}")
    fields = message.get_all("From", [])
    authors = [address.domain.lower() for field in fields for address in field.addresses]
    if len(fields) != 1 or len(authors) != 1 or not authors[0].isprintable():
        print("DMARC  fail: a message must have one author")
        return False
    _, record = walk(authors[0])
    by_place = spf_result == "pass" and aligned(server, authors[0], record.get("aspf", "r"))
    by_key = any(aligned(signer, authors[0], record.get("adkim", "r")) for signer in good)
    proof = " and ".join(["SPF"] * by_place + ["DKIM"] * by_key)
    result = "pass" if proof else "fail" if record else "none"
    print(f"DMARC  {result}: From {authors[0]}, proved by {proof or 'nothing'}")
    print(f"       Wanted for mail without proof: {record.get('p', 'none')}")
    return result != "fail"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Judge a message by SPF, DKIM and DMARC.")
    parser.add_argument("ip", type=ip_address, help="the address of the server that brought it")
    parser.add_argument("sender", help="MAIL FROM of the envelope ('' for a bounce)")
    parser.add_argument("file", nargs="?", help="the message (without: standard input)")
    parser.add_argument("--helo", default="unknown", help="the name that the server gave")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt), open(args.file or 0, "rb") as file:  # 0: standard input
            sys.exit(0 if check(str(args.ip), args.sender, args.helo, file.read()) else 1)
    except (OSError, dns.exception.DNSException, dkim.DKIMException) as error:
        sys.exit(f"cannot check: {error}")
