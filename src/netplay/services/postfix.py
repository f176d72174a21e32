"""Postfix: mail from everybody on port 25, mail from our own people on 465 and 587.

Two jobs meet in one program and only the port keeps them apart. On 25 a stranger hands over
mail for our domains and for nobody else's; a server that passed it on for anyone would be an
open relay. On 587 (STARTTLS) and 465 (TLS from the first byte, RFC 8314 §3.3) a person says
who she is, and may then write to the whole world (RFC 6409).

Who is a person? Dovecot knows: smtpd asks it over a socket in the queue directory, so both
daemons share one list of passwords. Accepted mail becomes one file in ~/Maildir, which Dovecot
reads: no third program between them, no locking, and a message that learners can ``cat``.

Three things here look odd and are meant:

* main.cf and the aliases are dated into the past. Postfix distrusts a text file younger than
  two seconds (someone may still be writing it) and naps until it has aged: 1.5 s instead
  of 0.2 s from start to greeting.
* The queue directories are listed. Debian's package leaves them to ``postfix start``, but the
  master daemon is started directly: it stays in the foreground and skips seven shell scripts.
* No service is chrooted: the node is a jail already, and a second one would need its own copy of
  /etc/resolv.conf, of the certificates and of the sockets.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from netplay.services import probes
from netplay.services.mail_domains import mail_domain, mail_domains
from netplay.services.opendkim import SOCKET as MILTER
from netplay.services.service import Context, File, Probe, Service

__all__ = ["AUTH_SOCKET", "QUEUE", "SERVICE"]

QUEUE = "/var/spool/postfix"
AUTH_SOCKET = f"{QUEUE}/private/auth"  # Dovecot makes it, smtpd asks there
_CONFIG = "/etc/postfix"
_CERTIFICATE = f"{_CONFIG}/server.pem"
_ALIASES = f"{_CONFIG}/aliases"
_LOG = "/var/log/mail.log"
_LONG_AGO = 1_000_000_000.0  # 2001: any time that no clock calls "just now"

# What Debian's /etc/postfix/postfix-files asks of the queue directory: owner, group, mode.
_FOLDERS = {
    **dict.fromkeys(
        (
            *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold"),
            *("incoming", "private", "saved", "trace"),
        ),
        ("postfix", "root", 0o700),
    ),
    "maildrop": ("postfix", "postdrop", 0o730),
    "public": ("postfix", "postdrop", 0o710),
    "pid": ("root", "root", 0o755),
}

# master(5): name, type, private, unprivileged, chroot, wake-up time, process limit, program.
_MASTER = """\
# service  type  private unpriv chroot wakeup maxproc command
25         inet  n       -      n      -      -       smtpd
pickup     unix  n       -      n      60     1       pickup
cleanup    unix  n       -      n      -      0       cleanup
qmgr       unix  n       -      n      300    1       qmgr
tlsmgr     unix  -       -      n      1000?  1       tlsmgr
rewrite    unix  -       -      n      -      -       trivial-rewrite
bounce     unix  -       -      n      -      0       bounce
defer      unix  -       -      n      -      0       bounce
trace      unix  -       -      n      -      0       bounce
verify     unix  -       -      n      -      1       verify
flush      unix  n       -      n      1000?  0       flush
proxymap   unix  -       -      n      -      -       proxymap
smtp       unix  -       -      n      -      -       smtp
relay      unix  -       -      n      -      -       smtp
showq      unix  n       -      n      -      -       showq
error      unix  -       -      n      -      -       error
retry      unix  -       -      n      -      -       error
discard    unix  -       -      n      -      -       discard
local      unix  -       n      n      -      -       local
anvil      unix  -       -      n      -      1       anvil
scache     unix  -       -      n      -      1       scache
postlog    unix-dgram n  -      n      -      1       postlogd
"""

# The two doors for our own people. A password is asked for, but never in clear.
_SUBMISSION = """\
587        inet  n       -      n      -      -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
{person}\
465        inet  n       -      n      -      -       smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
{person}\
"""
_PERSON = """\
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
"""

# RFC 2142: names under which every domain answers. aliases(5), one "name target" per line.
_ALIAS_LINES = "".join(
    f"{name} root\n" for name in ("postmaster", "abuse", "hostmaster", "webmaster", "admin")
)


def main_cf(context: Context) -> str:
    """postconf(5): everything that differs from Postfix's own defaults."""
    domain = mail_domain(context.topology, context.node)
    settings = {
        "compatibility_level": "3.10",
        "myhostname": context.node.hostname,
        "mydomain": domain,
        "myorigin": "$mydomain",
        "mydestination": ", ".join(_destinations(context)),
        "mynetworks": "127.0.0.0/8 [::1]/128",
        "inet_protocols": "all",
        "smtp_address_preference": "ipv4",
        # A name server that does not exist would cost each caller a time-out.
        "smtpd_peername_lookup": "yes" if context.node.nameservers else "no",
        "alias_maps": f"texthash:{_ALIASES}",
        "alias_database": "",
        "local_recipient_maps": "unix:passwd.byname $alias_maps",
        "home_mailbox": "Maildir/",
        "recipient_delimiter": "+",
        "mailbox_size_limit": "0",
        "message_size_limit": "10240000",
        "biff": "no",
        "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
        "smtpd_tls_security_level": "may",
        # RFC 8996: TLS 1.0 and 1.1 are not to be used; Postfix still would.
        "smtpd_tls_protocols": ">=TLSv1.2",
        "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
        "smtpd_tls_chain_files": _CERTIFICATE,
        "smtpd_tls_received_header": "yes",
        "smtpd_tls_loglevel": "1",
        "smtpd_tls_auth_only": "yes",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": AUTH_SOCKET.removeprefix(f"{QUEUE}/"),
        "smtp_tls_security_level": "may",
        "smtp_tls_CAfile": "/etc/ssl/certs/ca-certificates.crt",
        # The Internet waits for days before it gives up; nobody waits for days in a lab.
        "queue_run_delay": "30s",
        "minimal_backoff_time": "30s",
        "maximal_backoff_time": "2m",
        "maximal_queue_lifetime": "10m",
        "bounce_queue_lifetime": "10m",
        "maillog_file": _LOG,
    }
    if context.node.runs("opendkim"):
        # Mail without a signature beats no mail: if the milter is down, go on without it.
        settings |= {
            "smtpd_milters": f"unix:{MILTER}",
            "non_smtpd_milters": "$smtpd_milters",
            "milter_default_action": "accept",
        }
    return "".join(f"{key} = {value}".rstrip() + "\n" for key, value in settings.items())


def master_cf(context: Context) -> str:
    """master(5): which program answers where. Without Dovecot nobody could log in."""
    if not context.node.runs("dovecot"):
        return _MASTER
    return _MASTER + _SUBMISSION.format(person=_PERSON)


def _destinations(context: Context) -> tuple[str, ...]:
    domains = mail_domains(context.topology, context.node)
    names = (*domains, *context.node.names, "localhost", "localhost.localdomain")
    return tuple(dict.fromkeys(names))


def _argv(_: Context) -> tuple[str, ...]:
    # master(8) -d: stay in the foreground.
    return ("/usr/lib/postfix/sbin/master", "-d")


def _files(context: Context) -> tuple[File, ...]:
    certificate = context.credentials.nodes[context.node.name]
    folders = (
        File(path=f"{QUEUE}/{name}", mode=mode, owner=owner, group=group)
        for name, (owner, group, mode) in _FOLDERS.items()
    )
    return (
        File(path=f"{_CONFIG}/main.cf", content=main_cf(context), modified=_LONG_AGO),
        File(path=f"{_CONFIG}/master.cf", content=master_cf(context)),
        File(path=_ALIASES, content=_ALIAS_LINES, modified=_LONG_AGO),
        # smtpd_tls_chain_files: the key stands before the chain it belongs to.
        File(path=_CERTIFICATE, content=certificate.key + certificate.chain, mode=0o600),
        File(path="/etc/mailname", content=mail_domain(context.topology, context.node) + "\n"),
        *folders,
        *_readers(context),
    )


def _readers(context: Context) -> Iterator[File]:
    """Where `mail` on this node finds what has come (mailx(1), "inbox")."""
    setting = "set inbox=~/Maildir\n"
    for account in context.topology.accounts:
        path, owner = f"{account.home}/.mailrc", account.name
        yield File(path=path, content=setting, owner=owner, group=owner)
    yield File(path="/etc/skel/.mailrc", content=setting)


def _probes(context: Context) -> tuple[Probe, ...]:
    greeting = probes.banner(25, probes.SMTP, "SMTP greeting")
    if not context.node.runs("dovecot"):
        return (greeting,)
    submission = probes.banner(587, probes.SMTP, "submission greeting")
    return greeting, submission, probes.tls_hello(465, context.node.hostname)


SERVICE = Service(
    name="postfix",
    title="Postfix, mail transfer and submission",
    ports=("25/tcp", "465/tcp", "587/tcp"),
    packages=("postfix", "s-nail"),
    argv=_argv,
    files=_files,
    probes=_probes,
    environment=MappingProxyType({"MAIL_CONFIG": _CONFIG}),
    logs=(_LOG,),
    after=("dovecot", "opendkim"),
)
