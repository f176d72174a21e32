#!/usr/bin/env python3
"""Log in without a password: show a token instead (OAUTHBEARER, RFC 7628, or XOAUTH2).

python3 imap_oauth.py mail.example.com brandon /tmp/token
python3 imap_oauth.py mail.example.com brandon /tmp/token --mechanism XOAUTH2
"""

import argparse
import json
import ssl
import sys
from base64 import urlsafe_b64decode
from contextlib import suppress
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError


def claims(token: str) -> dict[str, object]:
    """What a JWT says. Everybody can read it; only the server checks the signature."""
    payload = token.split(".")[1]
    found: dict[str, object] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def main(host: str, user: str, token: str, mechanism: str) -> None:
    print("The token says:", ", ".join(f"{name} {value}" for name, value in claims(token).items()))
    # Whoever reads a token can use it: never without TLS.
    context = ssl.create_default_context()
    with IMAPClient(host, ssl_context=context, timeout=30) as client:
        if not client.has_capability(f"AUTH={mechanism}"):
            raise CapabilityError(f"the server does not offer {mechanism}")
        if mechanism == "OAUTHBEARER":
            client.oauthbearer_login(user, token)
        else:
            client.oauth2_login(user, token)
        info = client.select_folder("INBOX", readonly=True)
        print(f"Logged in by {mechanism}: {info[b'EXISTS']} messages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in with an OAuth 2.0 access token.")
    parser.add_argument("host", help="the IMAP server; port 993 is taken")
    parser.add_argument("user", help="whose mail")
    parser.add_argument("token", type=Path, help="the file with the token")
    names = ("OAUTHBEARER", "XOAUTH2")
    parser.add_argument("--mechanism", choices=names, default=names[0], help="(OAUTHBEARER)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            token = args.token.read_text().strip()
        except OSError as error:
            sys.exit(f"{args.token}: {error.strerror}")
        try:
            main(args.host, args.user, token, args.mechanism)
        except LoginError as error:
            sys.exit("Could not log in: " + str(error).removeprefix("b'").removesuffix("'"))
        except (IndexError, ValueError):
            sys.exit(f"{args.token}: this is not a JSON Web Token")
        except (IMAPClientError, OSError) as error:
            sys.exit(f"{args.host}: {getattr(error, 'verify_message', None) or error}")
