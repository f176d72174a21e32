"""Postfix, Dovecot and OpenDKIM: what their files say, and that signatures are right."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from netplay import playground
from netplay.model import Record
from netplay.services import dkim, dovecot, opendkim, postfix
from netplay.services.dovecot import dovecot_conf
from netplay.services.mail_domains import mail_domain, mail_domains
from netplay.services.opendkim import opendkim_conf
from netplay.services.postfix import main_cf, master_cf
from tests.services.contexts import by_path, context, with_node

ALL = ("ssh", "opendkim", "dovecot", "postfix")


def settings(content: str, separator: str = "=") -> dict[str, str]:
    pairs = (line.partition(separator) for line in content.splitlines())
    found = {key.strip(): value.strip() for key, _, value in pairs}
    assert len(found) == len(content.splitlines()), "a setting is given twice"
    return found


def doors(content: str) -> dict[str, dict[str, str]]:
    """The options of each TCP service in a master.cf."""
    found: dict[str, dict[str, str]] = {}
    for line in content.splitlines():
        if re.match(r"\d+ +inet ", line):
            found[line.split()[0]] = options = {}
        elif line.startswith("  -o "):
            key, _, value = line.strip().removeprefix("-o ").partition("=")
            options[key] = value
    return found


# ---------------------------------------------------------------- whose mail


def test_the_mail_domains_are_those_of_the_mx_records() -> None:
    topology = playground()
    # www.example.com's exchange is smtp.example.com, an alias of mail.example.com.
    assert mail_domains(topology, topology["mail"]) == ("example.com", "www.example.com")
    assert mail_domains(topology, topology["ftp"]) == ()


def test_without_mx_records_a_host_is_its_own_domain() -> None:
    topology = replace(playground(), records=())
    assert mail_domain(topology, topology["mail"]) == "mail.example.com"
    assert mail_domain(playground(), playground()["mail"]) == "example.com"


def test_a_new_mx_record_is_all_it_takes() -> None:
    topology = playground()
    record = Record(name="example.net", type="MX", value="5 mail.example.com.")
    topology = replace(topology, records=(*topology.records, record))
    found = settings(main_cf(context("mail", "postfix", topology=topology)))
    assert "example.net" in found["mydestination"].split(", ")
    signing = settings(opendkim_conf(context("mail", "opendkim", topology=topology)), " ")
    assert "example.net" in signing["Domain"].split(",")


# ---------------------------------------------------------------- Postfix


def test_postfix_accepts_mail_for_its_domains_and_relays_for_nobody() -> None:
    found = settings(main_cf(context("mail", "postfix", services=ALL)))
    accepted = found["mydestination"].split(", ")
    assert {"example.com", "mail.example.com", "www.example.com", "localhost"} <= set(accepted)
    assert found["smtpd_relay_restrictions"] == "permit_mynetworks, reject_unauth_destination"
    assert found["mynetworks"] == "127.0.0.0/8 [::1]/128"
    assert found["local_recipient_maps"] == "unix:passwd.byname $alias_maps"
    assert found["message_size_limit"] == "10240000"
    assert found["home_mailbox"] == "Maildir/"
    assert found["inet_protocols"] == "all"
    assert found["myorigin"] == "$mydomain"
    assert found["mydomain"] == "example.com"


def test_passwords_are_asked_for_only_inside_tls_and_not_on_port_25() -> None:
    found = settings(main_cf(context("mail", "postfix", services=ALL)))
    assert found["smtpd_tls_auth_only"] == "yes"
    assert "smtpd_sasl_auth_enable" not in found
    ports = doors(master_cf(context("mail", "postfix", services=ALL)))
    assert list(ports) == ["25", "587", "465"]
    assert ports["25"] == {}
    assert ports["587"]["smtpd_tls_security_level"] == "encrypt"
    assert ports["465"]["smtpd_tls_wrappermode"] == "yes"
    for port in ("587", "465"):
        assert ports[port]["smtpd_sasl_auth_enable"] == "yes"
        assert ports[port]["smtpd_relay_restrictions"] == "permit_sasl_authenticated,reject"


def test_without_dovecot_there_is_no_submission() -> None:
    alone = context("mail", "postfix", services=("postfix",))
    assert list(doors(master_cf(alone))) == ["25"]
    assert [probe.port for probe in postfix.SERVICE.probes(alone)] == [25]


def test_the_milter_is_asked_only_where_it_runs_and_never_fatal() -> None:
    found = settings(main_cf(context("mail", "postfix", services=ALL)))
    assert found["smtpd_milters"] == f"unix:{opendkim.SOCKET}"
    assert found["non_smtpd_milters"] == "$smtpd_milters"
    assert found["milter_default_action"] == "accept"
    assert "smtpd_milters" not in main_cf(context("mail", "postfix", services=("postfix",)))


def test_names_of_callers_are_looked_up_only_where_there_is_a_name_server() -> None:
    lonely = replace(playground()["mail"], nameservers=())
    topology = with_node(playground(), lonely)
    with_server = settings(main_cf(context("mail", "postfix")))
    without = settings(main_cf(context("mail", "postfix", topology=topology)))
    assert with_server["smtpd_peername_lookup"] == "yes"
    assert without["smtpd_peername_lookup"] == "no"


def test_no_program_of_postfix_is_chrooted() -> None:
    rows = [line.split() for line in master_cf(context("mail", "postfix")).splitlines()]
    assert {row[4] for row in rows if row[0] != "-o" and row[0] != "#"} == {"n"}


def test_the_text_files_that_postfix_reads_are_old() -> None:
    files = by_path(postfix.SERVICE.files(context("mail", "postfix", services=ALL)))
    for path in ("/etc/postfix/main.cf", "/etc/postfix/aliases"):
        modified = files[path].modified
        assert modified is not None
        assert modified < 1.1e9
    assert "texthash:/etc/postfix/aliases" in main_cf(context("mail", "postfix"))


def test_the_queue_is_closed_to_others() -> None:
    files = by_path(postfix.SERVICE.files(context("mail", "postfix", services=ALL)))
    queue = {path: file for path, file in files.items() if path.startswith(postfix.QUEUE)}
    assert len(queue) == 14
    assert queue[f"{postfix.QUEUE}/private"].mode == 0o700
    assert queue[f"{postfix.QUEUE}/maildrop"].group == "postdrop"
    assert all(file.content is None for file in queue.values())


def test_the_certificate_of_the_node_follows_its_key() -> None:
    chosen = context("mail", "postfix", services=ALL)
    file = by_path(postfix.SERVICE.files(chosen))["/etc/postfix/server.pem"]
    certificate = chosen.credentials.nodes["mail"]
    assert file.content == certificate.key + certificate.chain
    assert file.mode == 0o600


@pytest.mark.parametrize("service", [postfix.SERVICE, dovecot.SERVICE])
def test_every_port_has_a_probe(service: object) -> None:
    assert isinstance(service, type(postfix.SERVICE))
    probes = service.probes(context("mail", service.name, services=ALL))
    assert {f"{probe.port}/{probe.transport}" for probe in probes} == set(service.ports)


def test_mail_on_the_node_reads_what_came() -> None:
    files = by_path(postfix.SERVICE.files(context("mail", "postfix", services=ALL)))
    for path, owner in (("/root", "root"), ("/home/brandon", "brandon"), ("/etc/skel", "root")):
        file = files[f"{path}/.mailrc"]
        assert file.content == "set inbox=~/Maildir\n"
        assert (file.owner, file.group) == (owner, owner)


# ---------------------------------------------------------------- Dovecot


def test_dovecot_speaks_the_language_of_its_version() -> None:
    content = dovecot_conf(context("mail", "dovecot", services=ALL))
    assert content.startswith("dovecot_config_version = 2.4.0\n")
    assert content.count("{") - content.count("%{") == content.count("}") - content.count("%{")
    assert "{folders}" not in content
    assert "{{" not in content
    for line in (
        "protocols = imap pop3",
        "auth_allow_cleartext = yes",
        "mail_path = ~/Maildir",
        "first_valid_uid = 1000",
        "passdb pam {",
        "userdb passwd {",
    ):
        assert line in content.splitlines(), line


def test_special_folders_say_what_they_are_for() -> None:
    content = dovecot_conf(context("mail", "dovecot"))
    found = re.findall(r'mailbox (\w+) \{\s+auto = subscribe\s+special_use = "\\\\(\w+)"', content)
    assert found == [(name, name) for name in ("Archive", "Drafts", "Junk", "Sent", "Trash")]


def test_dovecot_reads_what_a_learner_adds_last() -> None:
    for services in (("dovecot",), ALL):
        content = dovecot_conf(context("mail", "dovecot", services=services))
        assert content.endswith("}\n\n!include_try /etc/dovecot/lab.d/*.conf\n")


def test_postfix_asks_where_dovecot_listens() -> None:
    content = dovecot_conf(context("mail", "dovecot", services=ALL))
    found = settings(main_cf(context("mail", "postfix", services=ALL)))
    assert f"unix_listener {postfix.QUEUE}/{found['smtpd_sasl_path']} {{" in content
    alone = dovecot_conf(context("mail", "dovecot", services=("dovecot",)))
    assert postfix.QUEUE not in alone


def test_nobody_but_root_reads_the_keys_of_the_mail_services() -> None:
    for service in (postfix.SERVICE, dovecot.SERVICE, opendkim.SERVICE):
        for file in service.files(context("mail", service.name, services=ALL)):
            if isinstance(file.content, str) and "PRIVATE KEY" in file.content:
                assert file.mode == 0o600, file.path
                assert file.owner in ("root", "opendkim")


# ---------------------------------------------------------------- OpenDKIM


def test_opendkim_signs_for_the_domains_and_asks_the_labs_name_server() -> None:
    found = settings(opendkim_conf(context("mail", "opendkim", services=ALL)), " ")
    assert found["Mode"] == "sv"
    assert found["Domain"] == "example.com,www.example.com"
    assert found["Selector"] == opendkim.SELECTOR
    assert found["Nameservers"] == "10.1.1.1"
    assert found["Socket"] == f"local:{opendkim.SOCKET}"
    assert found["UserID"] == "opendkim:postfix"
    files = by_path(opendkim.SERVICE.files(context("mail", "opendkim")))
    assert found["KeyFile"] in files
    assert files[opendkim.SOCKET.rpartition("/")[0]].group == "postfix"


# ---------------------------------------------------------------- DKIM by hand

MESSAGE = b"""\
From: Joe <joe@example.com>
To: suzie@example.net
Subject: Is dinner
\tready?
Date: Fri, 11 Jul 2003 21:00:37 -0700

Hi.

We lost the game.  Are you hungry yet?

"""


def verify(message: bytes, public: str) -> None:
    """RFC 6376 §6.1.3, written apart from the signer; raises InvalidSignature."""
    head, _, body = message.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    fields = [field.split(b":", 1) for field in re.split(rb"\r\n(?![ \t])", head)]
    tags = dict(
        part.strip().split(b"=", 1) for part in fields[0][1].strip().split(b";") if part.strip()
    )
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
    canonical = re.sub(rb"(\r\n)+\Z", b"", b"\r\n".join(lines)) + b"\r\n"
    if base64.b64encode(hashlib.sha256(canonical).digest()) != tags[b"bh"]:
        raise InvalidSignature("the body was changed")

    def relaxed(name: bytes, value: bytes) -> bytes:
        unfolded = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b""))
        return name.lower() + b":" + unfolded.strip()

    by_name = {name.lower(): (name, value) for name, value in fields[1:]}
    signed = [relaxed(*by_name[name.lower()]) for name in tags[b"h"].split(b":")]
    emptied = re.sub(rb"(;\s*b=)[^;]*", rb"\1", fields[0][1])
    content = b"\r\n".join([*signed, relaxed(b"dkim-signature", emptied)])
    key = load_der_public_key(base64.b64decode(public))
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(re.sub(rb"\s", b"", tags[b"b"]))
    key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())


def signature_over(message: bytes) -> tuple[bytes, str]:
    pair = context("mail", "opendkim").credentials.dkim
    made = dkim.signed(
        message, domain="example.com", selector="mail", key=pair.private, time=1_405_669_512
    )
    return made, pair.public


def test_a_signature_fits_the_public_key() -> None:
    message, public = signature_over(MESSAGE)
    assert message.endswith(MESSAGE)
    assert all(len(line) <= 78 for line in message.splitlines()[3:])
    verify(message, public)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"game.  Are", b"game. Are"),  # blanks squeezed
        (b"Hi.\n", b"Hi. \t\n"),  # blanks at a line's end
        (b"yet?\n\n", b"yet?\n"),  # empty lines at the end
        (b"dinner\n\tready", b"dinner ready"),  # a header unfolded
        (b"\nTo: ", b"\nTO:  "),
    ],
)
def test_a_signature_survives_what_transport_does(before: bytes, after: bytes) -> None:
    message, public = signature_over(MESSAGE)
    assert before in message
    verify(message.replace(before, after), public)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"game.", b"gain."),
        (b"Is dinner", b"Was dinner"),
        (b"joe@example.com", b"eve@example.com"),
        (b"yet?\n", b"yet?\nSend money.\n"),
        (b"t=1405669512", b"t=1405669513"),
    ],
)
def test_a_signature_does_not_survive_a_change(before: bytes, after: bytes) -> None:
    message, public = signature_over(MESSAGE)
    assert before in message
    with pytest.raises(InvalidSignature):
        verify(message.replace(before, after), public)


def test_a_signature_is_the_same_each_time() -> None:
    assert signature_over(MESSAGE) == signature_over(MESSAGE)


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="must be an RSA key in PKCS#1 form"):
        dkim.signed(MESSAGE, domain="d", selector="s", key="-----BEGIN EC KEY-----\n", time=0)
