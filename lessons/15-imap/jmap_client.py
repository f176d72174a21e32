#!/usr/bin/env python3
"""The tasks of this chapter by JMAP (RFC 8620, 8621): JSON over HTTPS, many questions at once.

python3 jmap_client.py https://mail.example.com:8443 /tmp/token
"""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
Call = tuple[str, dict[str, Any]]


class Jmap:
    """A session: it says where to ask, and for which account."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client
        # RFC 8620 section 2.2: the one address that is known before.
        session = client.get("/.well-known/jmap").raise_for_status()
        self.url = session.url.join(session.json()["apiUrl"])
        self.account = session.json()["primaryAccounts"][USING[1]]

    def ask(self, *calls: Call) -> list[dict[str, Any]]:
        """One request with several calls, one answer with as many."""
        numbered = [
            [name, {"accountId": self.account, **arguments}, str(number)]
            for number, (name, arguments) in enumerate(calls)
        ]
        answer = self.client.post(self.url, json={"using": USING, "methodCalls": numbered})
        answers = answer.raise_for_status().json()["methodResponses"]
        for name, found, number in answers:
            if name == "error":
                raise ValueError(f"{calls[int(number)][0]}: {found['type']}")
        return [found for _, found, _ in answers]


def folders(jmap: Jmap) -> dict[str, str]:
    (found,) = jmap.ask(("Mailbox/get", {}))
    for box in sorted(found["list"], key=lambda box: str(box["name"])):
        print(f"  {box['name']:<8} {box['role'] or '':<8} {box['totalEmails']} messages")
    return {box["role"]: box["id"] for box in found["list"]}


def messages(jmap: Jmap, folder: str) -> tuple[list[dict[str, Any]], str]:
    """Search, and fetch what is found: "#ids" takes its value from the answer to call 0."""
    wanted = ["subject", "from", "bodyValues", "attachments"]
    ids = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
    query = {"filter": {"inMailbox": folder}, "sort": [{"property": "from"}, {"property": "size"}]}
    get = {"#ids": ids, "properties": wanted, "fetchTextBodyValues": True, "maxBodyValueBytes": 60}
    _, found = jmap.ask(("Email/query", query), ("Email/get", get))
    return found["list"], found["state"]


def main(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=url, headers=headers, follow_redirects=True) as client:
        jmap = Jmap(client)
        print("Folders:")
        found, state = messages(jmap, folders(jmap)["inbox"])
        for mail in found:
            sender = (mail["from"] or [{"email": "nobody"}])[0]
            text = "".join(body["value"] for body in mail["bodyValues"].values())
            print(f"{sender.get('name') or sender['email']}: {mail['subject']!r}")
            print(
                f"    {' '.join(text.split())!r}", *(part["name"] for part in mail["attachments"])
            )
        update = {"update": {mail["id"]: {"keywords/$seen": True} for mail in found[:1]}}
        _, changes = jmap.ask(("Email/set", update), ("Email/changes", {"sinceState": state}))
        print("Changed:", len(changes["updated"]), "message; created:", len(changes["created"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read a mailbox by JMAP.")
    parser.add_argument("url", help="https://HOST:PORT of the server")
    parser.add_argument("token", type=Path, help="the file with the token")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.token.read_text().strip())
        except OSError as error:
            sys.exit(f"{args.token}: {error.strerror}")
        except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, ValueError) as error:
            sys.exit(f"{args.url}: {str(error).splitlines()[0]}")
