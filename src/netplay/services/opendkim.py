"""OpenDKIM: signs the mail that leaves, checks the signatures of the mail that comes.

Postfix shows it every message (in the milter protocol). What our own people send,
after logging in or on the node itself, gets a DKIM-Signature with the domain's private key
(RFC 6376); everything else gets an Authentication-Results header (RFC 8601) that says
whether a signature was there and whether the key in the DNS fits it.
"""

from __future__ import annotations

import struct

from netplay.services.dkim import SIGNED_FIELDS
from netplay.services.mail_domains import mail_domain, mail_domains
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SELECTOR", "SERVICE", "SOCKET"]

# The public key is the TXT record of SELECTOR._domainkey.DOMAIN (RFC 6376 §3.6.2.1).
SELECTOR = "mail"
# Not inet:8891@127.0.0.1, as often seen: over TCP the small writes of both sides wait for each
# other's delayed acknowledgement (RFC 9293 §3.8.6.3), and each message takes 80 ms longer.
SOCKET = "/run/opendkim/opendkim.sock"
_CONFIG = "/etc/opendkim.conf"
_KEY = f"/etc/dkimkeys/{SELECTOR}.private"


def opendkim_conf(context: Context) -> str:
    """opendkim.conf(5)."""
    node = context.node
    domains = mail_domains(context.topology, node) or (mail_domain(context.topology, node),)
    settings = {
        "Mode": "sv",
        "Domain": ",".join(domains),
        "Selector": SELECTOR,
        "KeyFile": _KEY,
        # relaxed: a mail server on the way may fold a header or strip a blank at a line's end.
        "Canonicalization": "relaxed/relaxed",
        "SignHeaders": ",".join(SIGNED_FIELDS),
        # A second From must not be slipped in under a good signature (RFC 6376 §8.15).
        "OversignHeaders": "From",
        "InternalHosts": "127.0.0.1,::1",
        "AuthservID": node.hostname,
        "AlwaysAddARHeader": "yes",
        "Socket": f"local:{SOCKET}",
        # smtpd runs as postfix: the socket belongs to that group and is open to it.
        "UserID": "opendkim:postfix",
        "UMask": "007",
        "Syslog": "no",
    }
    if node.nameservers:
        # Its library resolves by itself, and without this would ask the Internet's root.
        settings["Nameservers"] = ",".join(str(server) for server in node.nameservers)
    return "".join(f"{key} {value}\n" for key, value in settings.items())


def _argv(_: Context) -> tuple[str, ...]:
    return ("/usr/sbin/opendkim", "-f", "-x", _CONFIG)


def _files(context: Context) -> tuple[File, ...]:
    private = context.credentials.dkim.private
    return (
        File(path=_CONFIG, content=opendkim_conf(context)),
        # opendkim refuses a key that others could read or replace (RequireSafeKeys).
        File(path="/etc/dkimkeys", mode=0o700, owner="opendkim", group="opendkim"),
        File(path=_KEY, content=private, mode=0o600, owner="opendkim", group="opendkim"),
        File(path="/run/opendkim", mode=0o750, owner="opendkim", group="postfix"),
    )


def _probes(_: Context) -> tuple[Probe, ...]:
    # The milter protocol (libmilter/mfdef.h): length, 'O' for options, version 6, all that may be
    # done to a message (it hangs up on who offers less than it needs) and all that may be left
    # out. The answer begins the same way.
    hello = b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF)
    greeting = struct.pack(">I", len(hello)) + hello
    return (
        Probe(
            transport="unix",
            address=SOCKET,
            port=0,
            send=greeting,
            expect=rb".{4}O",
            what="the milter protocol",
        ),
    )


SERVICE = Service(
    name="opendkim",
    title="OpenDKIM, signatures for mail",
    packages=("opendkim", "opendkim-tools"),
    argv=_argv,
    files=_files,
    probes=_probes,
)
