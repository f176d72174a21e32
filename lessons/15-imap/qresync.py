"""Three questions for imap_sync.py, with the extensions CONDSTORE and QRESYNC (RFC 7162).

CONDSTORE gives each change in a folder a number that only grows, the modification sequence.
QRESYNC lets a client ask for what has happened since such a number, also for what is gone.
"""

import imaplib
import re
from email.parser import BytesHeaderParser
from email.policy import default


def numbers(uids: str) -> set[int]:
    """RFC 3501's sequence-set: "2,5:7" is 2, 5, 6 and 7."""
    pairs = [[int(end) for end in one.split(":")] for one in uids.split(",") if one]
    return {uid for pair in pairs for uid in range(min(pair), max(pair) + 1)}


def number(imap: imaplib.IMAP4, name: str) -> int:
    """A number that came as [NAME 123] with the answer to SELECT."""
    return int((imap.response(name)[1] or [None])[0] or 0)


def opened(imap: imaplib.IMAP4, folder: bytes) -> tuple[int, int]:
    """Open *folder* read-only: what its UIDs are good for, and its latest change."""
    imap.enable("QRESYNC")
    status, answer = imap.select(f'"{folder.decode()}"', readonly=True)
    if status != "OK":
        raise imap.error((answer[0] or b"").decode())
    return number(imap, "UIDVALIDITY"), number(imap, "HIGHESTMODSEQ")


def changes(imap: imaplib.IMAP4, since: int) -> tuple[dict[int, str], set[int]]:
    """The flags of what is new or changed, and the UIDs of what is gone."""
    modifier = [f"(CHANGEDSINCE {since} VANISHED)"] if since else []
    changed = {}
    for line in imap.uid("FETCH", "1:*", "(FLAGS)", *modifier)[1]:
        if found := re.search(rb"UID (\d+)", line or b""):
            flags = (f.decode() for f in imaplib.ParseFlags(line) if f != rb"\Recent")
            changed[int(found[1])] = " ".join(flags)
    vanished = [line.decode().split()[-1] for line in imap.response("VANISHED")[1] if line]
    return changed, numbers(",".join(vanished))  # it looks like "(EARLIER) 2,5:7"


def subjects(imap: imaplib.IMAP4, uids: list[int]) -> dict[int, str]:
    found = dict.fromkeys(uids, "")
    wanted = "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
    for item in imap.uid("FETCH", ",".join(map(str, uids)), wanted)[1] if uids else ():
        if isinstance(item, tuple) and (uid := re.search(rb"UID (\d+)", item[0])):
            found[int(uid[1])] = str(
                BytesHeaderParser(policy=default).parsebytes(item[1])["Subject"]
            )
    return found
