"""The sample mailbox: three messages in the INBOX and a shelf of curiosities."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from netplay import playground
from netplay.errors import TopologyError
from netplay.model import Account, Record
from netplay.services import dovecot, mailbox
from netplay.services.service import Context, File
from tests.services.contexts import by_path, context
from tests.services.test_mail import verify

ROOT = "/home/brandon/Maildir"


def samples(chosen: Context | None = None) -> list[File]:
    return list(mailbox.files(chosen or context("mail", "dovecot", samples="brandon")))


def parsed(file: File) -> EmailMessage:
    assert isinstance(file.content, bytes)
    message = email.message_from_bytes(file.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def messages(folder: str = "") -> list[File]:
    """The message files of one folder (its path below Maildir), by name."""
    return sorted(
        (file for file in samples() if file.path.startswith(f"{ROOT}{folder}/cur/")),
        key=lambda file: file.path,
    )


def everything() -> Iterator[tuple[str, EmailMessage]]:
    for sample, file in zip(
        mailbox.SAMPLES, (f for f in samples() if ":2," in f.path), strict=True
    ):
        yield sample.text, parsed(file)


EVERYTHING = dict(everything())


# ---------------------------------------------------------------- the INBOX


def test_the_inbox_has_exactly_three_unread_messages_in_the_order_they_came() -> None:
    inbox = messages()
    assert [parsed(file)["subject"] for file in inbox] == [
        "Your new mailbox",
        "Where your mail is kept",
        "A message in several parts",
    ]
    assert all(file.path.endswith(":2,") for file in inbox)
    times = [file.modified for file in inbox]
    came = datetime(2014, 3, 25, 17, 14, 1, tzinfo=UTC)
    assert times[0] == came.timestamp()
    assert times == sorted(time for time in times if time)
    assert len(set(times)) == 3


def test_the_first_two_are_plain_and_have_three_headers() -> None:
    for file in messages()[:2]:
        message = parsed(file)
        assert message.keys() == ["From", "To", "Subject"]
        assert message["from"].addresses[0].display_name == "Administrator"
        assert message["from"].addresses[0].addr_spec == "admin@mail.example.com"
        assert file.content == bytes(str(file.content, "ascii"), "ascii")  # type: ignore[arg-type]


def test_the_third_has_an_alternative_and_an_attachment() -> None:
    message = parsed(messages()[2])
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",  # RFC 2046 §5.1.4: the plainest form first
        "text/html",
        "text/plain",
    ]
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "attachment.txt"
    assert message["message-id"].endswith("@example.com>")
    assert message["date"].datetime.timestamp() == messages()[2].modified


# ---------------------------------------------------------------- the shelf


def test_every_message_but_the_broken_one_is_without_a_defect() -> None:
    for name, message in EVERYTHING.items():
        defects = [defect for part in message.walk() for defect in part.defects]
        assert bool(defects) == (name == "broken"), (name, defects)


def test_each_curiosity_is_what_it_should_be() -> None:
    assert EVERYTHING["encoded-words"]["subject"] == "Café at nine, table n° 7 ☕"
    assert "café" in EVERYTHING["encoded-words"].get_content()
    assert "«ø»" in EVERYTHING["eight-bit"].get_content()
    assert EVERYTHING["eight-bit"]["content-transfer-encoding"] == "8bit"

    bounce = EVERYTHING["bounce"]
    assert bounce.get_content_type() == "multipart/report"
    assert bounce["from"].addresses[0].username == "MAILER-DAEMON"
    note, report, original = bounce.iter_parts()
    assert "no such person" in note.get_content()
    fields = {key: value for block in report.iter_parts() for key, value in block.items()}
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")  # RFC 3464 §2.3
    assert original.get_content()["subject"] == "Are you there?"

    plain, calendar = EVERYTHING["invitation"].iter_parts()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"
    unfolded = calendar.get_content().replace("\n ", "")  # RFC 5545 §3.1
    assert "mailto:brandon@example.com" in unfolded
    assert plain.get_content().startswith("Cable clinic")

    assert "dkim=none" in EVERYTHING["spam"]["authentication-results"]
    assert EVERYTHING["sent"]["in-reply-to"] == EVERYTHING["invitation"]["message-id"]


def test_the_list_is_a_thread() -> None:
    first, second, third = (EVERYTHING[f"list-{number}"] for number in (1, 2, 3))
    assert second["in-reply-to"] == first["message-id"]
    assert third["references"].split() == [first["message-id"], second["message-id"]]
    assert EVERYTHING["draft"]["references"].split()[-1] == third["message-id"]
    assert first["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"  # RFC 8058 §3.1


def test_the_signed_message_bears_a_signature_that_fits() -> None:
    (signed,) = (file for file in messages("/.Archive") if file.path.endswith(":2,F"))
    assert isinstance(signed.content, bytes)
    assert signed.content.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert b" d=example.com; s=mail;" in signed.content
    verify(signed.content, context("mail", "dovecot").credentials.dkim.public)


def test_no_address_is_anybodys() -> None:
    reserved = re.compile(r"(.+\.)?example\.(com|net|org)")  # RFC 2606 §3
    for name, message in EVERYTHING.items():
        for host in re.findall(r"[\w.+-]+@([\w.-]+\w)", message.as_string()):
            assert reserved.fullmatch(host) or "mail.example.com" in host, (name, host)


def test_nobody_wrote_before_the_message_came_or_twice_under_one_id() -> None:
    identifiers = [
        str(message["message-id"]) for message in EVERYTHING.values() if message["message-id"]
    ]
    assert len(set(identifiers)) == len(identifiers)
    for sample in mailbox.SAMPLES:
        date = EVERYTHING[sample.text]["date"]
        if date is not None and date.datetime is not None and sample.text != "spam":
            came = datetime.fromtimestamp(sample.time, UTC)
            assert timedelta(0) <= came - date.datetime < timedelta(minutes=1), sample.text


# ---------------------------------------------------------------- the files


def test_flags_are_letters_in_alphabetical_order() -> None:
    flags = [sample.flags for sample in mailbox.SAMPLES]
    assert all(list(text) == sorted(text) and set(text) <= set("DFRST") for text in flags)
    assert set("".join(flags)) == set("DFRS")


def test_folders_are_complete_and_belong_to_the_person() -> None:
    files = by_path(samples())
    for path, file in files.items():
        assert (file.owner, file.group) == ("brandon", "brandon")
        assert file.mode == (0o700 if file.content is None else 0o600)
        folder = path.rpartition("/")[0]
        assert path == ROOT or folder in files or path.rpartition("/cur/")[0] in files, path
    folders = [path.rpartition("/")[0] for path in files if path.endswith("/cur")]
    assert [path.removeprefix(ROOT) for path in folders] == [
        *("", "/.Archive", "/.Archive.2014", "/.Caf&AOk-"),
        *("/.Lists", "/.Junk", "/.Sent", "/.Drafts"),
    ]
    for folder in folders:
        assert {f"{folder}/new", f"{folder}/tmp"} <= set(files)


def test_the_samples_speak_of_the_domain_that_the_node_serves() -> None:
    topology = playground()
    mx = Record(name="corp.test", type="MX", value="1 mail.example.com.")
    ann = Account(name="ann", password="x", uid=1001, home="/home/ann")
    topology = replace(topology, records=(mx,), accounts=(ann,))
    found = samples(context("mail", "dovecot", topology=topology, samples="ann"))
    whole = b"".join(f.content for f in found if isinstance(f.content, bytes))
    assert b"brandon@corp.test" in whole
    assert b"@example.com" not in whole
    assert not re.search(rb"\{(domain|host)\}", whole)
    assert all(file.path.startswith("/home/ann/Maildir") for file in found)


def test_there_are_no_samples_unless_asked_for() -> None:
    assert samples(context("mail", "dovecot")) == []
    paths = by_path(dovecot.SERVICE.files(context("mail", "dovecot")))
    assert not any("Maildir" in path for path in paths)
    assert "samples" in dovecot.SERVICE.settings


def test_an_unknown_account_is_named_with_the_nearest() -> None:
    with pytest.raises(TopologyError) as caught:
        samples(context("mail", "dovecot", samples="brendon"))
    assert str(caught.value) == (
        "nodes.mail.services.dovecot.samples: there is no account 'brendon' to receive the"
        " samples; did you mean 'brandon'?"
    )
