"""What a mail program at home does. These functions run on a node (see ``remote.call``).

Messages travel as text with one character for each byte (Latin-1), since JSON knows no bytes.
"""

from __future__ import annotations


def send(
    port: int,
    tls: str,
    login: list[str] | None,
    sender: str,
    recipient: str,
    message: str,
    options: list[str],
) -> list[object]:
    """Hands over *message*; returns the first refusal, code and text, or nothing.

    *tls* is "none", "starttls" or "implicit"; *login* is name and password.
    """
    import smtplib
    import ssl

    context = ssl.create_default_context()
    implicit = {"context": context} if tls == "implicit" else {}
    kind = smtplib.SMTP_SSL if tls == "implicit" else smtplib.SMTP
    with kind("mail.example.com", port, timeout=10, **implicit) as smtp:
        try:
            if tls == "starttls":
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
            if login:
                smtp.login(*login)
            smtp.sendmail(sender, [recipient], message.encode("latin-1"), options)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[recipient]
            return [code, text.decode()]
        except smtplib.SMTPResponseException as error:
            return [error.smtp_code, bytes(error.smtp_error).decode()]
        except smtplib.SMTPNotSupportedError as error:
            return [0, str(error)]
    return []


def features(port: int, tls: str) -> dict[str, str]:
    """What the server offers after EHLO."""
    import smtplib
    import ssl

    context = ssl.create_default_context()
    if tls == "implicit":
        smtp = smtplib.SMTP_SSL("mail.example.com", port, timeout=10, context=context)
    else:
        smtp = smtplib.SMTP("mail.example.com", port, timeout=10)
    with smtp:
        if tls == "starttls":
            smtp.starttls(context=context)
        smtp.ehlo()
        return smtp.esmtp_features


def find(criteria: list[str], seconds: float) -> str | None:
    """The newest message in the INBOX that meets *criteria*, as soon as there is one."""
    import imaplib
    import time

    with imaplib.IMAP4_SSL("mail.example.com", timeout=10) as box:
        box.login("brandon", "abc123")
        box.select()
        deadline = time.monotonic() + seconds
        while True:
            box.noop()  # the server tells of new messages when it is spoken to
            _, (found,) = box.search(None, *criteria)
            if found:
                _, ((_, content), _) = box.fetch(found.split()[-1].decode(), "(BODY.PEEK[])")
                return content.decode("latin-1")
            if time.monotonic() > deadline:
                return None


def subjects_by_pop(tls: str) -> list[str]:
    """The subjects of all messages, by POP3; *tls* is "none", "starttls" or "implicit"."""
    import poplib
    import ssl
    from email import message_from_bytes, policy

    context = ssl.create_default_context()
    if tls == "implicit":
        pop = poplib.POP3_SSL("mail.example.com", timeout=10, context=context)
    else:
        pop = poplib.POP3("mail.example.com", timeout=10)
    if tls == "starttls":
        pop.stls(context)
    pop.user("brandon")
    pop.pass_("abc123")
    count, _ = pop.stat()
    heads = [b"\r\n".join(pop.top(number, 0)[1]) for number in range(1, count + 1)]
    pop.quit()
    return [str(message_from_bytes(head, policy=policy.default)["subject"]) for head in heads]


def subjects_by_imap(tls: str, folder: str = "INBOX") -> list[str]:
    """The same, by IMAP."""
    import imaplib
    import ssl
    from email import message_from_bytes, policy

    context = ssl.create_default_context()
    if tls == "implicit":
        box = imaplib.IMAP4_SSL("mail.example.com", ssl_context=context, timeout=10)
    else:
        box = imaplib.IMAP4("mail.example.com", timeout=10)
    if tls == "starttls":
        box.starttls(context)
    with box:
        box.login("brandon", "abc123")
        _, (count,) = box.select(f'"{folder}"', readonly=True)
        if count == b"0":
            return []
        _, parts = box.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    heads = [part[1] for part in parts if isinstance(part, tuple)]
    return [str(message_from_bytes(head, policy=policy.default)["subject"]) for head in heads]


def refused(protocol: str, name: str, password: str) -> str:
    """Why the server does not open the INBOX to this login; empty if it does."""
    import imaplib
    import poplib

    try:
        if protocol == "pop":
            pop = poplib.POP3_SSL("mail.example.com", timeout=10)
            pop.user(name)
            pop.pass_(password)
            pop.stat()
            pop.quit()
        else:
            with imaplib.IMAP4_SSL("mail.example.com", timeout=10) as box:
                box.login(name, password)
                box.select()
    except (poplib.error_proto, imaplib.IMAP4.error) as error:
        return str(error)
    return ""


def delete_all(protocol: str) -> int:
    """Deletes every message of the INBOX; returns how many there were."""
    import imaplib
    import poplib

    if protocol == "pop":
        pop = poplib.POP3_SSL("mail.example.com", timeout=10)
        pop.user("brandon")
        pop.pass_("abc123")
        count, _ = pop.stat()
        for number in range(1, count + 1):
            pop.dele(number)
        pop.quit()
        return count
    with imaplib.IMAP4_SSL("mail.example.com", timeout=10) as box:
        box.login("brandon", "abc123")
        _, (total,) = box.select()
        box.store("1:*", "+FLAGS", r"(\Deleted)")
        box.expunge()
    return int(total)


def folders() -> dict[str, object]:
    """Each folder with its attributes, and the flags of its messages."""
    from imapclient import IMAPClient

    found = {}
    with IMAPClient("mail.example.com", timeout=10) as box:
        box.login("brandon", "abc123")
        for attributes, _, name in box.list_folders():
            box.select_folder(name, readonly=True)
            flags = box.get_flags(box.search()) if box.search() else {}
            kept = [sorted(f.decode() for f in each if f != rb"\Recent") for each in flags.values()]
            uses = [a.decode() for a in attributes if b"Children" not in a]
            found[name] = [uses, kept]
    return found


def file_away() -> dict[str, object]:
    """Makes a folder, copies a message there, marks it; what a second session then sees."""
    from imapclient import IMAPClient

    with IMAPClient("mail.example.com", timeout=10) as box:
        box.login("brandon", "abc123")
        box.create_folder("Café/Straße")
        box.select_folder("INBOX")
        box.copy(box.search()[0], "Café/Straße")
        box.append("Café/Straße", b"Subject: appended\r\n\r\nby hand\r\n", flags=[rb"\Seen"])
        box.select_folder("Café/Straße")
        box.add_flags(box.search()[0], [rb"\Flagged", b"$later"])
    with IMAPClient("mail.example.com", timeout=10) as box:
        box.login("brandon", "abc123")
        box.select_folder("Café/Straße", readonly=True)
        flags = [box.get_flags(number)[number] for number in box.search()]
        left = len(box.search())
    return {
        "messages": left,
        "flags": [sorted(f.decode() for f in each if f != rb"\Recent") for each in flags],
    }


def signature_is_good(message: str) -> bool:
    """Whether the DKIM signature of *message* fits it, with the key from the DNS."""
    import dkim

    return bool(dkim.verify(message.encode("latin-1")))
