"""The message that the programs of this chapter send, and words for what became of it.

    mail = letter("simple.py", "sender@example.com", ["brandon@example.com"])

Each names itself in the subject. See simple.py for how it is used.
"""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid


def letter(program: str, sender: str, recipients: list[str]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)  # lines end with CRLF, as they will on the wire
    mail["To"] = ", ".join(recipients)
    mail["From"] = sender
    mail["Subject"] = f"Test message from {program}"
    mail["Date"] = localtime()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    mail.set_content(f"Hello,\n\n{program} of chapter 13 has sent this.\n")
    return mail


def replies(refused: Mapping[str, tuple[int, bytes]]) -> list[str]:
    """For whom the server did not take a message, and what it said."""
    return [
        f"{who}: {code} {said.decode(errors='replace')}" for who, (code, said) in refused.items()
    ]


def outcome(recipients: list[str], refused: Mapping[str, tuple[int, bytes]]) -> str:
    """What smtplib returns are those who were refused; it raises only if all were."""
    count = len(recipients) - len(refused)
    sent = f"Message sent to {count} recipient{'' if count == 1 else 's'}"
    return "\n".join([*replies(refused), sent])


def problem(error: OSError) -> str:
    """In words what went wrong; smtplib's own errors are OSErrors as well."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return "; ".join(replies(error.recipients))
        case smtplib.SMTPResponseException():
            said = error.smtp_error
            text = said.decode(errors="replace") if isinstance(said, bytes) else said
            return f"{error.smtp_code} {text}"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {error.verify_message}"
    return str(error)
