"""Dovecot: people fetch their mail by POP3 (110, 995) and IMAP (143, 993).

Its users are the node's users, through PAM as on any mail host: `passwd` on the node changes
the mail password too, and whoever `adduser` adds has a mailbox. Postfix asks here who may
send. Messages are the files in ~/Maildir that Postfix wrote there: reading moves
them from new/ to cur/, a flag is a letter in a file's name, deleting removes the file.

Dovecot 2.4 gave nearly every setting a new name; the files of 2.3 are refused.
"""

from __future__ import annotations

from netplay.services import mailbox, probes
from netplay.services.postfix import AUTH_SOCKET
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

_CONFIG = "/etc/dovecot/dovecot.conf"
_CERTIFICATE = "/etc/dovecot/server.pem"
_KEY = "/etc/dovecot/private/server.key"
_PAM = "/etc/pam.d/dovecot"
# pam_unix(8) nodelay: a wrong password is refused at once (see auth_failure_delay).
_PAM_RULES = "auth required pam_unix.so nodelay\naccount required pam_unix.so\n"

_MAIN = f"""\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0

protocols = imap pop3
listen = *, ::
base_dir = /run/dovecot
log_path = /dev/stderr

# Chapters 14 and 15 use TLS from the first byte (995, 993). On 110 and 143 a client may upgrade
# or, as in the days when these ports were named, send its password for all to read.
auth_allow_cleartext = yes
auth_mechanisms = plain login
# brandon and brandon@example.com are one person.
auth_username_format = %{{user | username | lower}}
# The Internet's guessers are slowed down, address by address. Here a whole street of homes
# shares one address, and one learner's slip would make all the others wait.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_max_userip_connections = 50

passdb pam {{
}}
userdb passwd {{
}}
# Nobody reads the mail of root and of the daemons from afar.
first_valid_uid = 1000

ssl = yes
ssl_server_cert_file = {_CERTIFICATE}
ssl_server_key_file = {_KEY}

mail_driver = maildir
mail_path = ~/Maildir
# SMTP accepts addresses like π@example.com (RFC 6531), so those who fetch may see them.
mail_utf8_extensions = yes

# It has 6 MB and nothing to do until the configuration is read again.
service config {{
  idle_kill_interval = 10s
}}

namespace inbox {{
  inbox = yes
  separator = /
{{folders}}}}
"""

# RFC 6154: what a folder is for, so that programs find it whatever it is called.
_FOLDERS = {
    "Archive": "\\\\Archive",
    "Drafts": "\\\\Drafts",
    "Junk": "\\\\Junk",
    "Sent": "\\\\Sent",
    "Trash": "\\\\Trash",
}

# smtpd runs as postfix and asks here whether a name and password are right.
_AUTH = f"""\

service auth {{
  unix_listener {AUTH_SOCKET} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


# For experiments: put a file there and say `doveadm reload`.
_LAB = """\

!include_try /etc/dovecot/lab.d/*.conf
"""


def dovecot_conf(context: Context) -> str:
    """https://doc.dovecot.org/2.4/core/summaries/settings.html"""
    folders = "".join(
        f'  mailbox {name} {{\n    auto = subscribe\n    special_use = "{use}"\n  }}\n'
        for name, use in _FOLDERS.items()
    )
    main = _MAIN.replace("{folders}", folders)
    return main + (_AUTH if context.node.runs("postfix") else "") + _LAB


def _argv(_: Context) -> tuple[str, ...]:
    return ("/usr/sbin/dovecot", "-F", "-c", _CONFIG)


def _files(context: Context) -> tuple[File, ...]:
    certificate = context.credentials.nodes[context.node.name]
    return (
        File(path=_CONFIG, content=dovecot_conf(context)),
        File(path=_CERTIFICATE, content=certificate.chain),
        File(path=_PAM, content=_PAM_RULES),
        File(path=_KEY, content=certificate.key, mode=0o600),
        *mailbox.files(context),
    )


def _probes(context: Context) -> tuple[Probe, ...]:
    return (
        probes.banner(110, probes.POP3, "POP3 greeting"),
        probes.banner(143, probes.IMAP, "IMAP greeting"),
        probes.tls_hello(993, context.node.hostname),
        probes.tls_hello(995, context.node.hostname),
    )


SERVICE = Service(
    name="dovecot",
    title="Dovecot, mailboxes by POP3 and IMAP",
    ports=("110/tcp", "143/tcp", "993/tcp", "995/tcp"),
    packages=("dovecot-imapd", "dovecot-pop3d"),
    argv=_argv,
    files=_files,
    probes=_probes,
    settings=("samples",),
)
