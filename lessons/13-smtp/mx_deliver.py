#!/usr/bin/env python3
"""Deliver a message as mail servers do: find the recipient's server in the DNS and talk to it.

    python3 mx_deliver.py sender@example.com brandon@example.com
    python3 mx_deliver.py sender@example.com brandon@example.com --seen-as 10.25.1.65

It also asks the DNS, as the receiver may, whether this computer is one of the sender's (SPF).
"""

import argparse
import random
import smtplib
import ssl
import sys
from ipaddress import ip_address

import dns.exception
import dns.resolver
import spf
from letter import letter, problem


def in_order(records: list[tuple[int, str]], domain: str) -> list[str]:
    """Where to try, best first (RFC 5321 §5.1)."""
    if [host for _, host in records] == [""]:  # RFC 7505: the null MX
        sys.exit(f"{domain} accepts no mail")
    # Equal preferences in random order, to spread the load.
    hosts = [host for _, host in sorted(records, key=lambda pair: (pair[0], random.random()))]
    return list(dict.fromkeys(hosts)) or [domain]  # without MX records the domain is the host


def final(error: OSError) -> bool:
    """5xx is a judgement on this message, unless it was the greeting already."""
    codes = [getattr(error, "smtp_code", 0)]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    return codes[0] >= 500 and not isinstance(error, smtplib.SMTPConnectError)


def deliver(host: str, sender: str, recipient: str, seen_as: str) -> None:
    # Anybody may have answered for the DNS, which named this host: its certificate would prove
    # little. Encrypted to somebody unknown is still better than clear (RFC 7435).
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP(host, 25, timeout=10) as smtp:
        assert smtp.sock
        outside = seen_as or smtp.sock.getsockname()[0]
        result, reason = spf.check2(i=outside, s=sender, h=smtp.local_hostname)
        print(f"SPF for {sender} from {outside}: {result} ({reason})")
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=unchecked)
        smtp.send_message(letter("mx_deliver.py", sender, [recipient]), sender, [recipient])
    print(f"{host} has accepted it")


def main(sender: str, recipient: str, seen_as: str) -> None:
    domain = recipient.rpartition("@")[2]
    answer = dns.resolver.resolve(domain, "MX", raise_on_no_answer=False)
    records = [(mx.preference, str(mx.exchange).rstrip(".")) for mx in answer.rrset or ()]
    hosts = in_order(records, domain)
    print(f"MX records of {domain}: {len(records)}; trying", *hosts)
    for host in hosts:
        try:
            return deliver(host, sender, recipient, seen_as)
        except OSError as error:
            print(f"{host}: {problem(error)}")
            if final(error):
                sys.exit("That is final: no other server of theirs would say anything else.")
    sys.exit("Not now. A mail server would keep it, and try again for days.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Deliver a message to the recipient's own server.")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", help="who is to receive it")
    parser.add_argument("--seen-as", metavar="IP", type=ip_address, help="our address outside")
    args = parser.parse_args()
    if not args.toaddr.rpartition("@")[2]:
        parser.error("the recipient's address has no domain")
    try:
        main(args.fromaddr, args.toaddr, str(args.seen_as or ""))
    except dns.resolver.NXDOMAIN:
        sys.exit(f"There is no domain of that name: {args.toaddr}")
    except dns.exception.DNSException as error:
        sys.exit(f"The DNS does not say where to: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
