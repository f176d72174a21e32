"""What the transcripts of the chapter on e-mail cannot show."""

from __future__ import annotations

import email
import importlib.util
import shlex
import signal
import subprocess
import sys
from email.message import EmailMessage, Message
from email.policy import SMTP, default
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from netplay import Lab
from netplay.lessons.chapter import folders

FOLDER = next(folder for folder in folders() if folder.name == "12-email")


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ch12_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, *args: object, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    argv = [sys.executable, str(FOLDER / name), *map(str, args)]
    return subprocess.run(argv, input=data, capture_output=True, timeout=30)


def parsed(data: bytes) -> EmailMessage:
    message: EmailMessage = email.message_from_bytes(data, policy=default)
    return message


def types(message: Message) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


# Building


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("build_basic_email.py", ()),
        ("build_mime_email.py", ("-i", "attachment.txt")),
        ("build_unicode_email.py", ()),
        ("build_unsubscribe.py", ("brandon@example.com",)),
        ("build_calendar_invite.py", ("2026-12-04T15:00+01:00", "Tea", "brandon@example.com")),
    ],
)
def test_whatever_is_built_has_a_date_an_identity_and_the_ends_of_lines_of_the_wire(
    name: str, args: tuple[str, ...]
) -> None:
    files = [FOLDER / arg if arg == "attachment.txt" else arg for arg in args]
    done = run(name, *files)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == done.stdout.count(b"\r\n") > 5
    message = parsed(done.stdout)
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Subject"]
    assert not message.defects


def test_the_fields_of_the_basic_message_come_in_their_order() -> None:
    assert parsed(run("build_basic_email.py").stdout).keys() == [
        *("To", "From", "Subject", "Date", "Message-ID"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    ]


def test_plain_text_comes_before_html() -> None:
    message = program("build_mime_email").build(False, [])
    assert types(message) == ["multipart/alternative", "text/plain", "text/html"]


def test_the_picture_is_inline_and_belongs_to_the_html() -> None:
    message = parsed(program("build_mime_email").build(True, []).as_bytes())
    related = next(p for p in message.walk() if p.get_content_type() == "multipart/related")
    html, picture = related.iter_parts()
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html.get_content()
    assert html["Content-Transfer-Encoding"] == "7bit"
    assert len(picture.get_content()) == 35


def test_two_messages_never_share_the_identity_of_their_picture() -> None:
    build = program("build_mime_email").build
    assert build(True, []).as_string().count("cid:") == 1
    ids = {p["Content-ID"] for _ in range(2) for p in build(True, []).walk() if p["Content-ID"]}
    assert len(ids) == 2


def test_of_the_path_of_an_attachment_only_the_last_part_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "note.txt").write_text("Grüße\n", encoding="utf-8")
    done = run("build_mime_email.py", tmp_path / "secret" / ".." / "secret" / "note.txt")
    assert b"secret" not in done.stdout
    (attached,) = parsed(done.stdout).iter_attachments()
    assert attached.get_filename() == "note.txt"
    assert attached.get_content() == "Grüße\r\n"
    assert attached.get_content_charset() == "utf-8"


@pytest.mark.parametrize("name", ["a.txt.gz", "a.gz", "a.unknown-kind", "noext"])
def test_what_is_compressed_or_unknown_is_sent_as_bytes(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff")
    (attached,) = parsed(run("build_mime_email.py", tmp_path / name).stdout).iter_attachments()
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_content() == b"\x00\xff"


def test_a_file_that_cannot_be_attached_ends_with_a_sentence(tmp_path: Path) -> None:
    missing = run("build_mime_email.py", tmp_path / "nothing.txt")
    assert (missing.returncode, missing.stdout) == (1, b"")
    assert missing.stderr.endswith(b"nothing.txt: No such file or directory\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe4")
    latin = run("build_mime_email.py", tmp_path / "latin.txt")
    assert latin.returncode == 1
    assert latin.stderr.startswith(b"a text attachment must be in UTF-8")


def test_the_sample_attachments_are_what_they_say() -> None:
    import gzip

    assert (FOLDER / "attachment.txt").read_text() == "I came along.\n"
    assert gzip.decompress((FOLDER / "attachment.gz").read_bytes()).startswith(b"I came along")


def test_the_header_is_ascii_unless_utf8_is_asked_for() -> None:
    plain, utf8 = (
        run("build_unicode_email.py").stdout,
        run("build_unicode_email.py", "--utf8").stdout,
    )
    assert plain.isascii()
    assert "Böðvarr".encode() in utf8.partition(b"\r\n\r\n")[0]
    assert parsed(plain)["To"] == parsed(utf8)["To"]
    assert parsed(plain).get_content() == parsed(utf8).get_content()
    assert b"=?utf-8?b?QsO2w7B2YXJy?= <recipient@example.com>" in plain


# Reading


def broken_messages() -> dict[str, bytes]:
    forwarded, inner = EmailMessage(), EmailMessage()
    inner.set_content("Inside\n")
    forwarded.make_mixed()
    forwarded.add_attachment(inner)
    return {
        "empty": b"",
        "no header": b"\n\nhello\n",
        "picture": b"Content-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lG\n",
        "forwarded": forwarded.as_bytes(),
        "nothing but a message": b"Content-Type: message/rfc822\n\nSubject: x\n\nhello\n",
        "unknown charset": b"Content-Type: text/plain; charset=x-none\n\n\xff\n",
        "no name of a charset": b'Content-Type: text/plain; charset="a\x00b"\n\nhello\n',
        "bytes in the header": b"Subject: \xe4\nFrom: \xff\n\nhello\n",
        "no boundary": b"Content-Type: multipart/mixed\n\nhello\n",
        "empty box": b'Content-Type: multipart/mixed; boundary="b"\n\n--b--\n',
        "strange date": b"Date: yesterday\n\nhello\n",
        "escape": b"Subject: \x1b[31mred\n\n\x1b]0;title\x07hello\n",
    }


@pytest.mark.parametrize("kind", broken_messages())
@pytest.mark.parametrize("name", ["display_email.py", "display_structure.py"])
def test_a_strange_message_is_shown_and_not_stumbled_over(name: str, kind: str) -> None:
    done = run(name, data=broken_messages()[kind])
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout


def test_a_message_without_text_says_so_and_lists_what_it_has() -> None:
    shown = run("display_email.py", data=broken_messages()["picture"]).stdout.decode()
    assert shown.endswith("\n(no text)\n* image/gif attachment named None: 3 bytes\n")
    shown = run("display_email.py", data=broken_messages()["forwarded"]).stdout.decode()
    assert shown.endswith("* message/rfc822 attachment named None: a message of its own\n")


def test_a_message_without_a_header_is_a_text_all_the_same() -> None:
    shown = run("display_email.py", data=broken_messages()["no header"]).stdout.decode()
    assert shown.endswith("\n\nhello\n")


def test_the_plain_text_is_preferred_and_html_is_better_than_nothing() -> None:
    message = EmailMessage()
    message.set_content("<p>only</p>\n", subtype="html")
    assert b"<p>only</p>" in run("display_email.py", data=message.as_bytes()).stdout
    message.make_alternative()
    message.add_alternative("plain\n")
    shown = run("display_email.py", data=message.as_bytes()).stdout
    assert b"plain" in shown
    assert b"only" not in shown


def test_the_structure_names_what_is_wrong() -> None:
    shown = run("display_structure.py", data=broken_messages()["no boundary"]).stdout
    assert b"NoBoundaryInMultipartDefect" in shown


def test_the_old_code_and_the_ported_read_the_same(tmp_path: Path) -> None:
    seen = []
    for builder in ("code", "ported"):
        files = (FOLDER / "attachment.txt", FOLDER / "attachment.gz")
        (tmp_path / "mail").write_bytes(run(f"compat32_{builder}.py", "build", *files).stdout)
        for reader in ("code", "ported"):
            folder = tmp_path / f"{builder}-{reader}"
            folder.mkdir()
            done = run(f"compat32_{reader}.py", "take_apart", tmp_path / "mail", folder)
            parts = [part.read_bytes() for part in sorted(folder.iterdir())]
            seen.append((done.stdout, parts))
    assert all(one == seen[0] for one in seen)
    assert "From: Zoë Müller <zoe@example.com>".encode() in seen[0][0]
    assert len(seen[0][1]) == 4


@pytest.mark.parametrize("name", ["compat32_code.py", "compat32_ported.py"])
def test_no_name_in_a_mail_becomes_the_name_of_a_file(name: str, tmp_path: Path) -> None:
    message = EmailMessage()
    message.add_attachment(b"evil", maintype="a", subtype="b", filename="../../evil")
    (tmp_path / "mail").write_bytes(message.as_bytes())
    (tmp_path / "parts").mkdir()
    assert run(name, "take_apart", tmp_path / "mail", tmp_path / "parts").returncode == 0
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["mail", "part1.out"]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("display_email.py /nowhere", "/nowhere: No such file or directory"),
        ("display_structure.py /nowhere", "/nowhere: No such file or directory"),
        ("compat32_code.py take_apart /nowhere /tmp", "/nowhere: No such file or directory"),
        ("compat32_ported.py take_apart /nowhere /tmp", "/nowhere: No such file or directory"),
        ("parse_dates.py tomorrow", "not the date of a mail: 'tomorrow'"),
        ("mbox_walk.py /nowhere", "/nowhere: not a mailbox that I can read (NoSuchMailboxError)"),
        ("build_unsubscribe.py --open nonsense", "this link is not one of ours"),
    ],
)
def test_a_mistake_ends_with_one_sentence(argv: str, sentence: str) -> None:
    name, *args = shlex.split(argv)
    done = run(name, *args)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [sentence]


@pytest.mark.parametrize("name", ["display_email.py", "display_structure.py"])
def test_control_c_ends_quietly(name: str) -> None:
    argv = [sys.executable, str(FOLDER / name)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        # More than a pipe holds: when this returns, the program is reading.
        process.stdin.write(b"Subject: x\n\n" + b"x" * 200_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (130, b"")


def test_a_date_without_a_zone_is_taken_for_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "<+13>-13")  # what a naive time would be taken for
    shown = run("parse_dates.py", "Tue, 25 Mar 2014 13:14:01 -0000").stdout.decode()
    assert shown.endswith("in UTC                 2014-03-25 13:14:01+00:00\n")


# A mailbox


def test_a_text_is_read_by_its_charset_or_by_a_guess_that_is_called_one() -> None:
    first_line = program("mbox_walk").first_line
    good = b'Content-Type: text/plain; charset="iso-8859-1"\n\n\xe4\n'
    assert first_line(parsed(good)) == "ä"
    assert first_line(parsed(b"\n\xc3\xa4\n")) == "ä"
    assert first_line(parsed(b"\n\xe4\n")) == "ä (charset guessed)"
    assert first_line(parsed(b"Content-Type: image/gif\n\nx")) == "(no text)"


@pytest.mark.parametrize(
    ("folder", "name"),
    [("Caf&AOk-", "Café"), ("a&-b", "a&b"), ("&U,BTFw-", "台北"), ("a+b", "a+b")],
)
def test_the_names_of_folders_are_in_a_utf_7_of_their_own(folder: str, name: str) -> None:
    assert program("mbox_walk").readable(folder) == name


def test_walking_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "box"
    copy.write_bytes((FOLDER / "sample.mbox").read_bytes())
    before = copy.stat()
    assert run("mbox_walk.py", copy).returncode == 0
    after = copy.stat()
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    assert [p.name for p in tmp_path.iterdir()] == ["box"]


# The list, the invitation


def test_a_long_link_is_not_folded_into_encoded_words() -> None:
    module = program("build_unsubscribe")
    address = f"{'long' * 12}@example.com"
    sent = module.build(address).as_bytes()
    field = next(line for line in sent.split(b"\r\n") if line.startswith(b"List-Unsubscribe:"))
    assert b"=?" not in sent
    assert f"/{module.token(address)}>, <mailto:".encode() in field
    assert len(field) <= 998
    # and this is what the default would do:
    assert b"=?" in module.build(address).as_bytes(policy=SMTP)


def test_a_link_opens_for_its_own_address_only() -> None:
    module = program("build_unsubscribe")
    token = module.token("brandon@example.com")
    assert module.opened(token) == "brandon@example.com"
    other = module.token("root@example.com")
    forged = token[:16] + other[16:]
    assert module.opened(forged) is None
    assert [module.opened(text) for text in ("", "A", "é", "!!!!", token + "A")] == [None] * 5


@pytest.mark.parametrize(
    "argv",
    [
        ("build_unsubscribe.py", "a@example.com\nBcc: b@example.com"),
        ("build_calendar_invite.py", "2026-12-04T15:00Z", "Tea\nBcc: x", "a@example.com"),
        ("build_calendar_invite.py", "2026-12-04T15:00Z", "Tea", "a@example.com\nBcc: x"),
    ],
)
def test_nobody_slips_a_field_into_the_header(argv: tuple[str, ...]) -> None:
    done = run(*argv)
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.splitlines()) == 1


def test_an_invitation_obeys_its_own_rules_and_those_of_mail() -> None:
    title = "Grüße, Tee; und \\ sehr lange " + "ö" * 60
    done = run(
        "build_calendar_invite.py", "2026-12-04T15:00+01:00", title, "a@example.com", "-m", "90"
    )
    message = parsed(done.stdout)
    assert types(message) == ["multipart/alternative", "text/plain", "text/calendar"]
    part = list(message.iter_parts())[1]
    assert part.get_param("method") == "REQUEST"
    text = part.get_content()
    assert max(len(line.encode()) for line in text.splitlines()) <= 75
    unfolded = text.replace("\r\n", "\n").replace("\n ", "")
    escaped = title.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    assert f"\nSUMMARY:{escaped}\n" in unfolded
    assert "\nMETHOD:REQUEST\n" in unfolded
    assert "\nDTSTART:20261204T140000Z\nDTEND:20261204T153000Z\n" in unfolded


def test_an_invitation_without_a_zone_is_refused() -> None:
    done = run("build_calendar_invite.py", "2026-12-04T15:00", "Tea", "a@example.com")
    assert done.returncode == 2
    assert b"the start needs a zone" in done.stderr


# Who says so


@pytest.fixture
def check_auth(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, with a DNS that is a dictionary."""
    zone = {
        "example.com": {"p": "reject"},
        "strict.example.com": {"p": "none", "adkim": "s"},
        "co.test": {"p": "none", "psd": "y"},
        "shop.co.test": {"p": "quarantine"},
        "own.big.test": {"p": "reject", "psd": "n"},
        "big.test": {"p": "none"},
    }
    for name in ("dkim", "spf", "dns", "dns.exception", "authheaders"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    lookup = SimpleNamespace(lookup_receiver_record=lambda name: zone.get(name, {}))
    monkeypatch.setitem(sys.modules, "authheaders.dmarc_lookup", lookup)
    return program("check_auth")


@pytest.mark.parametrize(
    ("domain", "organisation", "policy"),
    [
        ("example.com", "example.com", "reject"),
        ("a.b.example.com", "example.com", "reject"),
        ("strict.example.com", "example.com", "none"),
        ("x.strict.example.com", "example.com", "reject"),  # not the one between
        ("a.shop.co.test", "shop.co.test", "quarantine"),
        ("a.else.co.test", "else.co.test", "none"),  # the public suffix speaks for it
        ("co.test", "co.test", "none"),
        ("a.own.big.test", "own.big.test", "reject"),
        ("unknown.test", "unknown.test", None),
        ("1.2.3.4.5.6.7.8.9.example.com", "example.com", "reject"),
    ],
)
def test_the_walk_finds_whose_a_domain_is(
    check_auth: ModuleType, domain: str, organisation: str, policy: str | None
) -> None:
    found, record = check_auth.walk(domain)
    assert (found, record.get("p")) == (organisation, policy)


def test_names_of_two_people_under_one_public_suffix_are_not_aligned(
    check_auth: ModuleType,
) -> None:
    assert check_auth.aligned("mail.example.com", "example.com", "r")
    assert not check_auth.aligned("mail.example.com", "example.com", "s")
    assert not check_auth.aligned("evil.co.test", "shop.co.test", "r")
    assert not check_auth.aligned("evil-example.com", "example.com", "r")


PROGRAM = "/lessons/12-email"
KEY = "/etc/dkimkeys/mail.private"


def signed(lab: Lab, message: str, *, selector: str = "mail") -> str:
    argv = ("python3", f"{PROGRAM}/sign_dkim.py", "example.com", selector, KEY)
    done = lab["mail"].run(*argv, input=message, check=True)
    return done.stdout


def basic() -> str:
    return run("build_basic_email.py").stdout.decode()


@pytest.mark.lab
def test_a_signature_holds_until_something_is_changed(lab: Lab) -> None:
    verify = ("python3", f"{PROGRAM}/verify_dkim.py")
    mail = signed(lab, basic())
    assert lab["h1"].run(*verify, input=mail).returncode == 0
    changes = {
        mail.replace("Dear", "dear"): "the text is not what was signed",
        mail.replace("Subject: A", "Subject: B"): "the header, or the key, does not fit",
        mail + "one line more\r\n": "the text is not what was signed",
        "Subject: Another\r\n" + mail: "Not to be believed: more than one subject",
        "From: boss@example.com\r\n" + mail: "Not to be believed: more than one from",
        basic(): "Nobody has signed this message",
        signed(lab, basic(), selector="no"): "the DNS has no key at no._domainkey.example.com",
        mail.replace("v=1", "v=7"): "bad:",
        "": "Nobody has signed this message",
    }
    for changed, sentence in changes.items():
        done = lab["h1"].run(*verify, input=changed)
        assert (done.returncode, done.stderr) == (1, "")
        assert sentence in done.stdout


@pytest.mark.lab
def test_a_good_signature_does_not_save_a_message_with_two_subjects(lab: Lab) -> None:
    verify = f"python3 {PROGRAM}/verify_dkim.py"
    archived = "/home/brandon/Maildir/.Archive/cur/*.4.*"  # its second subject is not forbidden
    assert lab["mail"].run("bash", "-c", f"{verify} {archived}").returncode == 0
    done = lab["mail"].run("bash", "-c", f"sed '1i Subject: Another' {archived} | {verify}")
    assert done.returncode == 1
    assert done.stdout.endswith("  good\nNot to be believed: more than one subject\n")


@pytest.mark.lab
@pytest.mark.parametrize(
    "tag", [b"d=\xff.com", b"d=\x1b[31m.com", b"s=\x1b[31m", b"h=\x1b[31m:from"]
)
def test_a_wild_signature_is_bad_and_rules_no_terminal(lab: Lab, tag: bytes) -> None:
    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=mail; h=from; bh=YQ==; b=YQ==\r\n"
    name = tag[:2]
    wild = b"; ".join(tag if part.startswith(name) else part for part in field.split(b"; "))
    done = lab["h1"].run("python3", f"{PROGRAM}/verify_dkim.py", input=wild + basic().encode())
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout
    assert "  bad: " in done.stdout


@pytest.mark.lab
def test_a_dns_that_is_silent_is_no_proof_of_a_forgery(lab: Lab) -> None:
    argv = ("unshare", "--net", "python3", f"{PROGRAM}/verify_dkim.py")
    done = lab["h1"].run(*argv, input=signed(lab, basic()))
    assert done.returncode == 1
    assert "not to be told: the DNS says nothing about mail._domainkey.example.com" in done.stdout


@pytest.mark.lab
def test_the_fields_of_the_unsubscribe_button_are_signed(lab: Lab) -> None:
    mail = run("build_unsubscribe.py", "brandon@example.com").stdout.decode()
    field = signed(lab, mail).partition("bh=")[0]
    assert "list-unsubscribe " in field.replace("\r\n", "")
    assert "list-unsubscribe-post" in field


@pytest.mark.lab
def test_what_cannot_be_signed_is_said_in_a_sentence(lab: Lab) -> None:
    sign = ("python3", f"{PROGRAM}/sign_dkim.py", "example.com", "mail")
    bad_key = lab["h1"].run(*sign, "/etc/passwd", input=basic())
    assert (bad_key.returncode, bad_key.stderr) == (1, "cannot sign: Private key not found\n")
    no_key = lab["h1"].run(*sign, "/nowhere", input=basic())
    assert (no_key.returncode, no_key.stderr) == (1, "/nowhere: No such file or directory\n")
    no_author = lab["mail"].run(*sign, KEY, input="Subject: x\r\n\r\nhello\r\n")
    assert no_author.returncode == 1
    assert no_author.stderr.startswith("cannot sign: ")


@pytest.mark.lab
def test_the_verdict_depends_on_the_author_alone(lab: Lab) -> None:
    mail = signed(lab, basic())
    bare = basic()
    honest, elsewhere = "10.130.1.3", "10.25.1.65"
    cases = [
        (honest, "a@example.com", bare, 0, "proved by SPF\n"),
        (honest, "a@example.com", mail, 0, "proved by SPF and DKIM\n"),
        (elsewhere, "a@example.com", mail, 0, "proved by DKIM\n"),
        (elsewhere, "a@example.com", bare, 1, "proved by nothing\n"),
        (elsewhere, "a@other.example", bare, 1, "proved by nothing\n"),
        (elsewhere, "", bare, 1, "proved by nothing\n"),
        (elsewhere, "a@example.com", mail + "more\r\n", 1, "proved by nothing\n"),
        (elsewhere, "a@b.test", bare.replace("@example.com>", "@b.test>"), 0, "DMARC  none"),
        (elsewhere, "a@b.test", "From: x@b.test\r\n" + mail, 1, "must have one author"),
        (elsewhere, "a@b.test", bare.replace("From:", "X-From:"), 1, "must have one author"),
    ]
    for ip, sender, message, status, sentence in cases:
        argv = ("python3", f"{PROGRAM}/check_auth.py", ip, sender)
        done = lab["h1"].run(*argv, input=message)
        assert (done.returncode, done.stderr) == (status, ""), (ip, sender)
        assert sentence in done.stdout, (ip, sender)


@pytest.mark.lab
def test_an_address_is_judged_and_written_in_the_form_that_servers_take(lab: Lab) -> None:
    show = ("python3", f"{PROGRAM}/internationalized.py")
    domain = lab["h1"].run(*show, "x@bücher.example")
    assert domain.returncode == 0
    assert "<x@xn--bcher-kva.example>" in domain.stdout
    local = lab["h1"].run(*show, "jürgen@example.com")
    assert "<jürgen@example.com>" in local.stdout
    assert "only servers with SMTPUTF8" in local.stdout
    for nonsense in ("", "@", "a@b", "a b@example.com", "a@example.com\nBcc: b@example.com"):
        done = lab["h1"].run(*show, nonsense)
        assert (done.returncode, done.stderr) == (1, "")
