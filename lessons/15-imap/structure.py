"""The parts of a message, from the answer to FETCH BODYSTRUCTURE, for simple_client.py.

IMAPClient makes nested tuples of the answer; this makes one line for each part, with the number
under which FETCH wants it. RFC 3501 (sections 6.4.5 and 7.4.2) has the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imapclient.response_types import BodyData
from mailbox_login import shown


@dataclass(frozen=True)
class Part:
    number: str
    kind: str
    size: int | None  # bytes as they lie there, still encoded; None for a multipart
    disposition: tuple[str, ...]  # ("attachment", "filename", "a.txt", …), often empty

    def __str__(self) -> str:
        size = "" if self.size is None else f"{self.size} bytes"
        return f"{self.number:<7} {self.kind:<22} {size:<9} {' '.join(self.disposition)}".rstrip()


def disposition(body: Any, place: int) -> tuple[str, ...]:
    """NIL, or a word and its parameters: NIL again, or names and values in turn."""
    found = body[place] if len(body) > place else None  # the last values may be left out
    return () if found is None else (shown(found[0]), *map(shown, found[1] or ()))


def parts(body: Any, number: str = "") -> Iterator[Part]:
    """Counted from 1; a part's own parts follow after a dot. The whole has no number."""
    if body.is_multipart:  # (list of parts, subtype, parameters, disposition, …)
        kind = f"multipart/{shown(body[1])}".lower()
        yield Part(number or "TEXT", kind, None, disposition(body, 3))
        for count, part in enumerate(body[0], 1):
            yield from parts(part, f"{number}.{count}".lstrip("."))
        return
    # (type, subtype, parameters, id, description, encoding, size, …). Then it depends: text has
    # its lines, a message its envelope, structure and lines; then all have MD5 and disposition.
    kind = f"{shown(body[0])}/{shown(body[1])}".lower()
    place = 11 if kind == "message/rfc822" else 9 if kind.startswith("text/") else 8
    number = number or "1"
    yield Part(number, kind, body[6], disposition(body, place))
    if kind == "message/rfc822":
        inner = BodyData.create(body[8])
        for count, part in enumerate(inner[0] if inner.is_multipart else [inner], 1):
            yield from parts(part, f"{number}.{count}")
