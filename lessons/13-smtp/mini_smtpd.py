#!/usr/bin/env python3
"""A small mail server that shows what it gets: a limit, STARTTLS, AUTH, and no open relay.

    python3 mini_smtpd.py ftp.example.com --size 600 -c CERTFILE -k KEYFILE --user ann

It takes mail for one domain only; from ann, when she has logged in, for any domain.
"""

import argparse
import asyncio
import getpass
import hmac
import logging
import ssl
import sys
from contextlib import suppress
from email import message_from_bytes, policy
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Inbox:
    """aiosmtpd calls handle_RCPT and handle_DATA; what they return is the server's answer."""

    def __init__(self, domain: str, login: LoginPassword | None) -> None:
        self.domain, self.login = domain, login

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.rpartition("@")[2].lower() != self.domain and not session.authenticated:
            return "550 5.7.1 This is not the way to that domain"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        subject = message_from_bytes(content, policy=policy.default)["Subject"]
        how = "through TLS" if session.ssl else "in clear text"
        print(f"From {envelope.mail_from} to {', '.join(envelope.rcpt_tos)}")
        print(f"  {subject!r}, {len(content)} bytes, {how}", flush=True)
        return "250 2.0.0 Accepted"

    def check(self, *call: Any) -> AuthResult:
        given: LoginPassword = call[-1]  # before it: server, session, envelope, mechanism
        # compare_digest: how long it takes must not tell how much of a guess was right.
        right = hmac.compare_digest(b"\0".join(given), b"\0".join(self.login or ()))
        return AuthResult(success=right, handled=False)


async def serve(inbox: Inbox, port: int, size: int, tls: ssl.SSLContext | None) -> None:
    conversation = partial(
        SMTP,
        inbox,
        hostname=inbox.domain,
        data_size_limit=size,
        tls_context=tls,
        authenticator=inbox.check,  # AUTH is offered inside TLS only
    )
    server = await asyncio.get_running_loop().create_server(conversation, inbox.domain, port)
    print(f"Taking mail for {inbox.domain} at port {port}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A mail server that shows what it gets.")
    parser.add_argument("host", help="this computer's name, and the domain in the addresses")
    parser.add_argument("-p", metavar="PORT", type=int, default=25, help="TCP port (25)")
    parser.add_argument("--size", metavar="BYTES", type=int, default=10_000, help="limit (10000)")
    parser.add_argument("-c", metavar="CERTFILE", help="offer TLS, with this certificate")
    parser.add_argument("-k", metavar="KEYFILE", help="and this key")
    parser.add_argument("--user", help="who may log in (you will be asked for the password)")
    args = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own old habits
    with suppress(KeyboardInterrupt):
        try:
            tls = login = None
            if args.c:
                tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                tls.load_cert_chain(args.c, args.k)
            if args.user:
                login = LoginPassword(args.user.encode(), getpass.getpass().encode())
            asyncio.run(serve(Inbox(args.host, login), args.p, args.size, tls))
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}: {error}")
