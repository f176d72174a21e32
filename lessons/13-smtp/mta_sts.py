#!/usr/bin/env python3
"""Does a domain want its mail in TLS only? Read its MTA-STS policy (RFC 8461) and apply it.

    python3 mta_sts.py example.com

What it prints is what a mail server that obeys the policy would do.
"""

import argparse
import smtplib
import ssl
import sys

import dns.exception
import dns.resolver
import httpx2
from letter import problem


def announced(domain: str) -> str:
    """The id in the TXT record; a new id means that there is a new policy to fetch."""
    answer = dns.resolver.resolve(f"_mta-sts.{domain}", "TXT", raise_on_no_answer=False)
    texts = [b"".join(record.strings).decode("ascii", "replace") for record in answer.rrset or ()]
    found = [text for text in texts if text.replace(" ", "").startswith("v=STSv1;")]
    if len(found) != 1:  # RFC 8461 §3.1: none, or more than one, means no policy
        sys.exit(f"{domain} announces no policy: its mail may travel in clear")
    fields = dict(field.strip().partition("=")[::2] for field in found[0].split(";"))
    return fields.get("id", "")


def fetched(domain: str) -> str:
    """RFC 8461 §3.3: over HTTPS with a good certificate, and redirects must not be followed."""
    url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    answer = httpx2.get(url, verify=ssl.create_default_context(), follow_redirects=False)
    if answer.status_code != 200:
        sys.exit(f"{url}: HTTP status {answer.status_code}")
    return answer.text


def parsed(text: str) -> tuple[str, list[str]]:
    """The policy's mode and the patterns for its mail servers' names."""
    pairs = [line.partition(":")[::2] for line in text.splitlines()]
    fields = [(key.strip(), value.strip()) for key, value in pairs]
    if ("version", "STSv1") not in fields:
        sys.exit("That is no policy: it lacks its version")
    mode = dict(fields).get("mode", "none")
    return mode, [value.lower() for key, value in fields if key == "mx"]


def matches(host: str, pattern: str) -> bool:
    """RFC 8461 §4.1: `*.` stands for one label, and only at the beginning."""
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern


def trial(host: str) -> str:
    with smtplib.SMTP(host, 25, timeout=10) as smtp:
        smtp.starttls(context=ssl.create_default_context())
        return "TLS, and a good certificate"


def main(domain: str) -> None:
    print("policy id", announced(domain))
    mode, patterns = parsed(fetched(domain))
    print(f"mode {mode}, for servers called", *patterns)
    hosts = {str(mx.exchange).rstrip(".").lower() for mx in dns.resolver.resolve(domain, "MX")}
    for host in sorted(hosts):
        if not any(matches(host, pattern) for pattern in patterns):
            print(f"{host}: not in the policy" + ", never send to it" * (mode == "enforce"))
            continue
        try:
            print(f"{host}: {trial(host)}")
        except OSError as error:
            print(f"{host}: {problem(error)}" + ", so don't send" * (mode == "enforce"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read a domain's MTA-STS policy and apply it.")
    parser.add_argument("domain", help="what stands behind the @")
    args = parser.parse_args()
    try:
        main(args.domain)
    except dns.resolver.NXDOMAIN:
        sys.exit(f"{args.domain} announces no policy: its mail may travel in clear")
    except (dns.exception.DNSException, httpx2.HTTPError) as error:
        sys.exit(f"{args.domain}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
