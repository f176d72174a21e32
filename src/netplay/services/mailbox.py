"""A mailbox that is not empty: three messages in the INBOX, and a shelf of curiosities.

Chapters 14 and 15 count, list, fetch and delete the three in the INBOX: two plain ones without
a date, one of several parts with an attachment. The other folders hold what real mail is
made of and programs stumble over: encoded words, bytes above 127, a signature to be
checked, a bounce, an invitation, a thread, spam, and one message with everything wrong in it.

A Maildir is its own documentation: https://cr.yp.to/proto/maildir.html. A message is
a file in cur/ (seen by a mail program) or new/ (not yet); the letters after ``:2,`` in its name
are its flags; its modification time is when it came. Folders are Maildir++: ``.Archive.2014``
beside cur/ is the folder Archive/2014. Because it is only files, ``netplay reset`` brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from netplay.errors import Problem, TopologyError, suggestion
from netplay.model import Account
from netplay.services.dkim import signed
from netplay.services.mail_domains import mail_domain
from netplay.services.opendkim import SELECTOR
from netplay.services.service import Context, File
from netplay.structs import Frozen

__all__ = ["SAMPLES", "Sample", "files"]

_TEXTS = Path(__file__).with_name("data") / "mailbox"


class Sample(Frozen):
    """A message: its text, the folder it lies in, when it came (UTC), its flags.

    Flags are letters in the order of the alphabet: Draft, Flagged, Replied, Seen.
    """

    text: str
    folder: str
    came: str
    flags: str = ""
    sign: bool = False

    @property
    def time(self) -> int:
        """When it came, in seconds since 1970."""
        return int(datetime.fromisoformat(f"{self.came}+00:00").timestamp())


SAMPLES = (
    Sample("welcome", "INBOX", "2014-03-25T17:14:01"),
    Sample("formats", "INBOX", "2014-04-21T12:08:01"),
    Sample("attachment", "INBOX", "2014-04-21T13:41:01"),
    Sample("signed", "Archive", "2014-07-02T10:30:00", "F", sign=True),
    Sample("bounce", "Archive", "2014-07-18T07:45:12", "S"),
    Sample("invitation", "Archive", "2014-09-01T09:00:02", "FRS"),
    Sample("eight-bit", "Archive/2014", "2014-06-15T17:02:14", "S"),
    Sample("encoded-words", "Café", "2014-05-06T06:15:33", "RS"),
    Sample("list-1", "Lists", "2014-10-09T16:20:03", "S"),
    Sample("list-2", "Lists", "2014-10-09T17:02:44", "S"),
    Sample("list-3", "Lists", "2014-10-10T06:31:19"),
    Sample("spam", "Junk", "2014-11-11T03:13:37"),
    Sample("broken", "Junk", "2014-11-12T22:08:41"),
    Sample("sent", "Sent", "2014-09-01T11:27:00", "S"),
    Sample("draft", "Drafts", "2014-10-10T20:00:00", "DS"),
)


def files(context: Context) -> Iterator[File]:
    """The samples in the Maildir of the account that the setting ``samples`` names."""
    name = context.use.settings.get("samples")
    if name is None:
        return
    account = _account(context, str(name))
    root = f"{account.home}/Maildir"
    for folder in dict.fromkeys(("INBOX", *(sample.folder for sample in SAMPLES))):
        path = root + _folder_path(folder)
        for made in (path, f"{path}/cur", f"{path}/new", f"{path}/tmp"):
            yield _owned(account, made)
        if folder != "INBOX":
            # Maildir++: an empty file tells the delivery agent that this is not the INBOX.
            yield _owned(account, f"{path}/maildirfolder", b"")
    for number, sample in enumerate(SAMPLES, 1):
        # The name starts with the time and must differ from all others of this machine.
        unique = f"{sample.time}.{number}.{context.node.hostname}:2,{sample.flags}"
        path = f"{root}{_folder_path(sample.folder)}/cur/{unique}"
        yield _owned(account, path, _message(context, sample), sample.time)


def _account(context: Context, name: str) -> Account:
    accounts = {account.name: account for account in context.topology.accounts}
    if name not in accounts:
        where = f"nodes.{context.node.name}.services.dovecot.samples"
        message = f"there is no account {name!r} to receive the samples"
        raise TopologyError([Problem(where, message + suggestion(name, accounts))])
    return accounts[name]


def _owned(
    account: Account, path: str, content: bytes | None = None, time: float | None = None
) -> File:
    mode = 0o700 if content is None else 0o600
    return File(
        path=path,
        content=content,
        mode=mode,
        owner=account.name,
        group=account.name,
        modified=time,
    )


def _folder_path(folder: str) -> str:
    if folder == "INBOX":
        return ""
    # RFC 3501 §5.1.3: letters beyond ASCII are in base64 between & and -, in UTF-7's manner.
    return "/." + folder.replace("é", "&AOk-").replace("/", ".")


def _message(context: Context, sample: Sample) -> bytes:
    domain = mail_domain(context.topology, context.node)
    text = (_TEXTS / f"{sample.text}.eml").read_bytes()
    text = text.replace(b"{domain}", domain.encode())
    text = text.replace(b"{host}", context.node.hostname.encode())
    if not sample.sign:
        return text
    key = context.credentials.dkim.private
    return signed(text, domain=domain, selector=SELECTOR, key=key, time=sample.time)
