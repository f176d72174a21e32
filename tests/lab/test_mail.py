"""Mail from a machine at home: sent, signed, refused, delivered, read, deleted, and restored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from typing import cast

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab import mailing
from tests.lab.dig import dig
from tests.lab.remote import call, shell

pytestmark = pytest.mark.lab

SAMPLES = ["Your new mailbox", "Where your mail is kept", "A message in several parts"]
BRANDON = ["brandon", "abc123"]
ADDRESS = "brandon@example.com"
DELIVERED_WITHIN = 10.0

kinds_of_tls = pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])


@pytest.fixture(scope="module", autouse=True)
def mailbox_left_as_found(lab: Lab) -> Iterator[None]:
    yield
    lab.reset("mail")


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.fixture
def samples_only(lab: Lab) -> None:
    """The mailbox as a new lab has it."""
    lab.reset("mail")


def letter(**fields: str) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = make_msgid(domain="h1")
    message["From"] = fields.pop("sender", "Visitor <visitor@h1>")
    message["To"] = ADDRESS
    message["Subject"] = fields.pop("subject", "Hello")
    message.set_content(fields.pop("text", "Just a line.\n"))
    return message


def posted(
    h1: Node,
    message: EmailMessage | bytes,
    *,
    port: int = 25,
    tls: str = "none",
    login: list[str] | None = None,
    sender: str = "visitor@h1",
    to: str = ADDRESS,
    options: tuple[str, ...] = (),
) -> tuple[int, str] | None:
    """None if the server took the message, else its refusal."""
    data = message if isinstance(message, bytes) else message.as_bytes(policy=policy.SMTP)
    text = data.decode("latin-1")
    said = call(h1, mailing.send, port, tls, login, sender, to, text, list(options))
    return tuple(said) or None


def received(h1: Node, message: EmailMessage, *criteria: str) -> EmailMessage:
    """The same message, as it comes out of the mailbox."""
    raw = raw_received(h1, *(criteria or ("HEADER", "Message-ID", message["Message-ID"])))
    return cast(EmailMessage, message_from_bytes(raw, policy=policy.default))


def raw_received(h1: Node, *criteria: str) -> bytes:
    text = call(h1, mailing.find, list(criteria), DELIVERED_WITHIN)
    assert text is not None, f"no message meets {criteria} after {DELIVERED_WITHIN} s"
    return cast(str, text).encode("latin-1")


# ------------------------------------------------------------ reading


@kinds_of_tls
def test_the_samples_are_read_by_pop(h1: Node, tls: str) -> None:
    assert call(h1, mailing.subjects_by_pop, tls)[:3] == SAMPLES


@kinds_of_tls
def test_the_samples_are_read_by_imap(h1: Node, tls: str) -> None:
    assert call(h1, mailing.subjects_by_imap, tls)[:3] == SAMPLES


def test_the_folders_have_their_uses_and_their_messages_flags(h1: Node) -> None:
    found = call(h1, mailing.folders)
    assert set(found) >= {"INBOX", "Archive", "Archive/2014", "Café", "Lists"}
    uses = {name: use for name, (use, _) in found.items() if use}
    assert uses == {f: [f"\\{f}"] for f in ("Archive", "Drafts", "Junk", "Sent", "Trash")}
    assert found["Archive"][1] == [
        [r"\Flagged"],
        [r"\Seen"],
        [r"\Answered", r"\Flagged", r"\Seen"],
    ]
    assert found["Drafts"][1] == [[r"\Draft", r"\Seen"]]
    assert found["Lists"][1] == [[r"\Seen"], [r"\Seen"], []]
    assert found["Café"][1] == [[r"\Answered", r"\Seen"]]
    assert found["Junk"][1] == [[], []]
    assert found["Trash"][1] == []


def test_a_new_folder_and_new_flags_last(lab: Lab, h1: Node) -> None:
    try:
        assert call(h1, mailing.file_away) == {
            "messages": 2,
            "flags": [["$later", r"\Flagged"], [r"\Seen"]],
        }
    finally:
        lab.reset("mail")


@pytest.mark.parametrize("protocol", ["pop", "imap"])
@pytest.mark.parametrize(
    ("name", "password"), [("brandon", "wrong"), ("nemo", "abc123"), ("root", "abc123")]
)
def test_a_mailbox_opens_to_nobody_else(h1: Node, protocol: str, name: str, password: str) -> None:
    assert call(h1, mailing.refused, protocol, name, password)
    assert call(h1, mailing.refused, protocol, *BRANDON) == ""


def test_a_name_may_be_given_with_its_domain(h1: Node) -> None:
    assert call(h1, mailing.refused, "imap", ADDRESS, "abc123") == ""


def test_apop_is_not_offered(h1: Node) -> None:
    greeting = shell(h1, "echo QUIT | nc -w 5 mail 110 | head -1")
    assert greeting.startswith("+OK")
    assert "<" not in greeting  # RFC 1939 §7: the challenge would be between angle brackets


@pytest.mark.usefixtures("samples_only")
@pytest.mark.parametrize("protocol", ["pop", "imap"])
def test_what_is_deleted_stays_deleted(lab: Lab, h1: Node, protocol: str) -> None:
    assert call(h1, mailing.delete_all, protocol) == 3
    assert call(h1, mailing.subjects_by_pop, "implicit") == []
    lab.service("mail", "dovecot", "restart")
    assert call(h1, mailing.subjects_by_pop, "implicit") == []
    assert call(h1, mailing.subjects_by_imap, "implicit") == []


def test_reset_restores_exactly_the_three_samples(lab: Lab, h1: Node) -> None:
    message = letter()
    assert posted(h1, message) is None
    received(h1, message)
    call(h1, mailing.delete_all, "imap")
    message = letter()
    assert posted(h1, message) is None
    received(h1, message)
    begin = time.monotonic()
    lab.reset("mail")
    took = time.monotonic() - begin
    print(f"reset of mail: {took:.2f} s")
    assert call(h1, mailing.subjects_by_pop, "implicit") == SAMPLES
    assert call(h1, mailing.subjects_by_imap, "implicit") == SAMPLES
    # About a second when the computer is quiet; many times that says that something waits.
    assert took < 10


# ------------------------------------------------------------ sending


@pytest.mark.parametrize(
    ("port", "tls", "login"),
    [
        (25, "none", None),
        (25, "starttls", None),
        (587, "starttls", BRANDON),
        (465, "implicit", BRANDON),
    ],
)
def test_a_message_from_home_arrives(
    h1: Node, port: int, tls: str, login: list[str] | None
) -> None:
    message = letter(subject=f"Over port {port}, TLS {tls}")
    assert posted(h1, message, port=port, tls=tls, login=login) is None
    found = received(h1, message)
    assert found["Subject"] == message["Subject"]
    assert found.get_content() == "Just a line.\r\n"
    way = found["Received"]
    # The door it came in by: the modem's, and the transport (RFC 3848: S for TLS, A for AUTH).
    assert "[10.25.1.65]" in way
    assert f" with ESMTP{'S' if tls != 'none' else ''}{'A' if login else ''} id " in way
    assert ("using TLSv1.3" in way) == (tls != "none")
    assert message["Subject"] in call(h1, mailing.subjects_by_pop, "implicit")


def test_swaks_delivers_over_ipv6_with_a_verified_certificate(h1: Node) -> None:
    identity = make_msgid(domain="h1")
    shell(
        h1,
        f"swaks -6 -s mail.example.com -t {ADDRESS} -f visitor@h1 --tls --tls-verify"
        f" --h-Message-Id '{identity}' --silent 2",
    )
    raw = raw_received(h1, "HEADER", "Message-ID", identity)
    assert b"[IPv6:2001:db8:a::11]" in raw


@pytest.mark.parametrize("to", ["brandon+lists@example.com", "brandon@mail.example.com"])
def test_other_forms_of_the_address_lead_to_the_same_mailbox(h1: Node, to: str) -> None:
    message = letter(subject=f"To {to}")
    assert posted(h1, message, to=to) is None
    assert received(h1, message)["X-Original-To"] == to


@pytest.mark.parametrize(("port", "tls", "login"), [(25, "none", None), (587, "starttls", BRANDON)])
def test_an_unknown_user_is_refused_at_the_door(
    h1: Node, port: int, tls: str, login: list[str] | None
) -> None:
    refusal = posted(h1, letter(), port=port, tls=tls, login=login, to="stranger@example.com")
    assert refusal is not None
    assert refusal[0] == 550
    assert "5.1.1" in refusal[1]
    assert "User unknown" in refusal[1]


@pytest.mark.parametrize("tls", ["none", "starttls"])
@pytest.mark.parametrize("to", ["friend@elsewhere.example", "friend%elsewhere.example@h1"])
def test_mail_for_others_is_not_relayed(h1: Node, tls: str, to: str) -> None:
    refusal = posted(h1, letter(), tls=tls, to=to)
    assert refusal is not None
    assert refusal[0] == 554
    assert "Relay access denied" in refusal[1]


def test_not_even_the_servers_neighbours_may_relay(lab: Lab) -> None:
    refusal = posted(lab["www"], letter(), to="friend@elsewhere.example")
    assert refusal is not None
    assert refusal[0] == 554


@pytest.mark.parametrize(("port", "tls"), [(587, "starttls"), (465, "implicit")])
def test_submission_is_for_those_who_log_in(h1: Node, port: int, tls: str) -> None:
    refusal = posted(h1, letter(), port=port, tls=tls)
    assert refusal is not None
    assert "5.7.1" in refusal[1]
    assert "Relay access denied" in refusal[1] or "Recipient address rejected" in refusal[1]


@pytest.mark.parametrize(("port", "tls"), [(587, "starttls"), (465, "implicit")])
@pytest.mark.parametrize("login", [["brandon", "wrong"], ["nemo", "abc123"]])
def test_a_wrong_password_is_refused(h1: Node, port: int, tls: str, login: list[str]) -> None:
    refusal = posted(h1, letter(), port=port, tls=tls, login=login)
    assert refusal is not None
    assert refusal[0] == 535


def test_passwords_are_asked_for_only_under_tls(h1: Node) -> None:
    assert "auth" not in call(h1, mailing.features, 25, "none")
    assert "auth" not in call(h1, mailing.features, 25, "starttls")
    assert "auth" not in call(h1, mailing.features, 587, "none")
    assert call(h1, mailing.features, 587, "starttls")["auth"].split() == ["PLAIN", "LOGIN"]
    assert call(h1, mailing.features, 465, "implicit")["auth"].split() == ["PLAIN", "LOGIN"]
    # And who sends a password without being asked is stopped before the message.
    refusal = posted(h1, letter(), port=587, login=BRANDON)
    assert refusal is not None
    assert "AUTH" in refusal[1]
    refusal = posted(h1, letter(), port=587)
    assert refusal == (530, "5.7.0 Must issue a STARTTLS command first")


def test_the_extensions_are_those_of_a_server_of_today(h1: Node) -> None:
    found = call(h1, mailing.features, 25, "none")
    expected = (
        *("pipelining", "size", "vrfy", "etrn", "starttls", "enhancedstatuscodes"),
        *("8bitmime", "dsn", "smtputf8", "chunking"),
    )
    assert set(found) == set(expected)
    assert found["size"] == "10240000"
    assert "starttls" not in call(h1, mailing.features, 25, "starttls")


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(h1: Node) -> None:
    refusal = posted(h1, letter(), options=("SIZE=10240001",))
    assert refusal is not None
    assert refusal[0] == 552


# ------------------------------------------------------------ what a message may hold


def test_bytes_above_127_pass_unchanged(h1: Node) -> None:
    message = letter()
    body = "Blåbærsyltetøy, 8 bit, π and ✉\r\n".encode()
    data = (
        f"Message-ID: {message['Message-ID']}\r\nFrom: visitor@h1\r\nTo: {ADDRESS}\r\n"
        "Subject: 8 bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode() + body
    assert posted(h1, data, options=("BODY=8BITMIME",)) is None
    raw = raw_received(h1, "HEADER", "Message-ID", message["Message-ID"])
    assert raw.endswith(body)


def test_addresses_and_headers_may_be_in_any_script(h1: Node) -> None:
    message = letter()
    # The command's addresses are UTF-8 too (RFC 6531), which smtplib does by itself.
    data = (
        f"Message-ID: {message['Message-ID']}\r\nFrom: Søren <søren@example.com>\r\n"
        f"To: brandon+π@example.com\r\nSubject: Grüße aus 東京\r\n\r\nMoin\r\n"
    ).encode()
    options = ("SMTPUTF8", "BODY=8BITMIME")
    sent = posted(h1, data, sender="søren@example.com", to="brandon+π@example.com", options=options)
    assert sent is None
    raw = raw_received(h1, "HEADER", "Message-ID", message["Message-ID"])
    assert "Subject: Grüße aus 東京\r\n".encode() in raw
    assert b" with UTF8SMTP id " in raw
    assert "X-Original-To: brandon+π@example.com\r\n".encode() in raw


def test_a_leading_dot_survives(h1: Node) -> None:
    message = letter(text="first\n.\n..two\nlast\n")
    assert posted(h1, message) is None
    assert received(h1, message).get_content() == "first\r\n.\r\n..two\r\nlast\r\n"


# ------------------------------------------------------------ who vouches for it


def submitted(h1: Node) -> bytes:
    """A message that brandon sent with his password, as it comes out of the mailbox."""
    message = letter(sender=f"Brandon <{ADDRESS}>")
    sent = posted(h1, message, port=587, tls="starttls", login=BRANDON, sender=ADDRESS)
    assert sent is None
    return raw_received(h1, "HEADER", "Message-ID", message["Message-ID"])


def test_what_our_people_send_is_signed_and_the_signature_is_good(h1: Node) -> None:
    raw = submitted(h1)
    signature = message_from_bytes(raw, policy=policy.default)["DKIM-Signature"]
    fields = dict(part.strip().split("=", 1) for part in signature.split(";"))
    assert (fields["d"], fields["s"], fields["a"]) == ("example.com", "mail", "rsa-sha256")
    text = raw.decode("latin-1")
    assert call(h1, mailing.signature_is_good, text)
    assert not call(h1, mailing.signature_is_good, text.replace("Just a line", "Just a lie"))
    assert not call(h1, mailing.signature_is_good, text.replace("Subject: H", "Subject: J"))


def test_a_stranger_who_writes_as_brandon_gets_no_signature(h1: Node) -> None:
    message = letter(sender=f"Brandon <{ADDRESS}>")
    assert posted(h1, message, sender=ADDRESS) is None
    found = received(h1, message)
    assert "DKIM-Signature" not in found
    assert "dkim=none" in found["Authentication-Results"]


@pytest.mark.parametrize(("change", "verdict"), [(b"", "dkim=pass"), (b"Not so.\r\n", "dkim=fail")])
def test_a_signature_that_comes_with_a_message_is_checked(
    h1: Node, change: bytes, verdict: str
) -> None:
    raw = submitted(h1)
    to = f"brandon+{'changed' if change else 'same'}@example.com"
    assert posted(h1, raw + change, to=to) is None
    found = received(h1, letter(), "HEADER", "Delivered-To", to)
    assert verdict in found["Authentication-Results"]
    assert found["Authentication-Results"].startswith("mail.example.com;")


def test_the_sample_in_the_archive_is_signed_with_the_key_in_the_dns(lab: Lab, h1: Node) -> None:
    path = shell(lab["mail"], "grep -l '^DKIM-Signature:' /home/brandon/Maildir/.Archive/cur/*")
    text = lab["mail"].run("cat", path.strip()).stdout
    assert call(h1, mailing.signature_is_good, text.replace("\n", "\r\n"))


def test_spf_allows_the_mail_server_and_nobody_else(lab: Lab, h1: Node) -> None:
    (record,) = (data.strip('"') for data in dig(h1, "example.com", "TXT").data if "spf1" in data)
    version, *terms = record.split()
    assert version == "v=spf1"
    # RFC 7208 §5.4: mx stands for the addresses of the hosts that take the domain's mail.
    assert terms == ["mx", "-all"]
    hosts = {data.split()[1] for data in dig(h1, "example.com", "MX").data}
    allowed = set().union(*(dig(h1, host, kind).data for host in hosts for kind in ("A", "AAAA")))
    assert allowed == {str(address) for address in lab["mail"].addresses}


def test_dmarc_rejects_forgeries_and_reports_to_somebody_who_reads_mail(h1: Node) -> None:
    (record,) = dig(h1, "_dmarc.example.com", "TXT").data
    tags = dict(tag.strip().split("=", 1) for tag in record.strip('"').split(";"))
    assert (tags["v"], tags["p"]) == ("DMARC1", "reject")
    kind, _, reader = tags["rua"].partition(":")
    assert kind == "mailto"
    assert posted(h1, letter(), to=reader) is None


def test_the_mail_policy_names_the_hosts_of_the_mx_records(h1: Node) -> None:
    policy_text = shell(h1, "curl -sS https://mta-sts.example.com/.well-known/mta-sts.txt")
    lines = [line.split(": ") for line in policy_text.splitlines()]
    hosts = {data.split()[1].rstrip(".") for data in dig(h1, "example.com", "MX").data}
    assert {value for key, value in lines if key == "mx"} == hosts
    assert ["version", "STSv1"] in lines
    assert ["mode", "enforce"] in lines


def test_mail_that_cannot_be_delivered_comes_back(h1: Node) -> None:
    message = letter(sender=f"Brandon <{ADDRESS}>")
    friend = f"friend.{time.monotonic_ns()}@elsewhere.example"
    sent = posted(h1, message, port=465, tls="implicit", login=BRANDON, sender=ADDRESS, to=friend)
    assert sent is None
    bounce = received(h1, message, "SUBJECT", "Undelivered", "BODY", friend)
    assert bounce["Return-Path"] == "<>"
    assert bounce.get_content_type() == "multipart/report"
    report = next(p for p in bounce.walk() if p.get_content_type() == "message/delivery-status")
    fields = {key: value for part in report.iter_parts() for key, value in part.items()}
    assert fields["Action"] == "failed"
    assert fields["Status"].startswith("5.")
    assert fields["Final-Recipient"] == f"rfc822; {friend}"
    assert message["Message-ID"] in bounce.as_string()


def test_mail_sent_on_the_server_itself_arrives_signed(lab: Lab, h1: Node) -> None:
    identity = make_msgid(domain="mail.example.com")
    text = f"Message-ID: {identity}\nFrom: {ADDRESS}\nTo: brandon\nSubject: local\n\nHi\n"
    lab["mail"].run("sendmail", "-t", input=text, user="brandon", check=True, timeout=20)
    raw = raw_received(h1, "HEADER", "Message-ID", identity)
    assert b"DKIM-Signature" in raw
