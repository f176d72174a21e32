"""vsftpd: FTP as it was, for everybody (anonymous, read only) and for the people of the node.

Plain FTP shows names, passwords and files to the wire, which is a lesson; who says AUTH TLS
first (explicit FTPS, RFC 4217) is hidden, with the node's own certificate.
"""

from __future__ import annotations

from netplay.services import ftp_tree, probes
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

CERTIFICATE = "/etc/vsftpd/certificate.pem"
KEY = "/etc/vsftpd/key.pem"

# vsftpd.conf(5). No blanks around '=', no comments after values.
SETTINGS = {
    "listen": "NO",
    "listen_ipv6": "YES",  # one socket for both families
    "background": "NO",
    # Its list of system calls is older than this kernel's: every request ends in a reset.
    "seccomp_sandbox": "NO",
    "secure_chroot_dir": "/run/vsftpd/empty",
    "pam_service_name": "vsftpd",
    "ftpd_banner": "netplay FTP",
    "text_userdb_names": "YES",
    # Everybody, read only.
    "anonymous_enable": "YES",
    "anon_root": ftp_tree.ROOT,
    "no_anon_password": "YES",
    # The people of this node: uploads land in their homes, for their eyes only (umask 077).
    "local_enable": "YES",
    "write_enable": "YES",
    # Active mode: the server calls back from port 20 (RFC 959 §5.2), as firewalls expect.
    "connect_from_port_20": "YES",
    # Passive mode: a range that a firewall rule can name.
    "pasv_min_port": "50000",
    "pasv_max_port": "50999",
    "ssl_enable": "YES",
    "allow_anon_ssl": "YES",
    # Only with this does FEAT name AUTH TLS, by which clients know; OpenSSL refuses TLS 1.0.
    "ssl_tlsv1": "YES",
    "force_local_logins_ssl": "NO",
    "force_local_data_ssl": "NO",
    # Most clients, Python's ftplib among them, open a new TLS session for the data.
    "require_ssl_reuse": "NO",
    # "rsa" is history: any kind of key will do.
    "rsa_cert_file": CERTIFICATE,
    "rsa_private_key_file": KEY,
    # The default names one RSA cipher, which an ECDSA certificate cannot serve.
    "ssl_ciphers": "HIGH",
    "xferlog_enable": "YES",
    "log_ftp_protocol": "YES",
    "vsftpd_log_file": "/var/log/vsftpd.log",
}


def _files(context: Context) -> tuple[File, ...]:
    certificate = context.credentials.nodes[context.node.name]
    config = "".join(f"{key}={value}\n" for key, value in SETTINGS.items())
    return (
        File(path="/etc/vsftpd.conf", content=config),
        File(path=CERTIFICATE, content=certificate.chain),
        File(path=KEY, content=certificate.key, mode=0o600),
        File(path="/run/vsftpd/empty", mode=0o755),
        *ftp_tree.files(),
    )


def _argv(_: Context) -> tuple[str, ...]:
    return ("/usr/sbin/vsftpd", "/etc/vsftpd.conf")


def _probes(_: Context) -> tuple[Probe, ...]:
    return (probes.banner(21, probes.FTP, "FTP greeting"),)


SERVICE = Service(
    name="ftp",
    title="vsftpd: files, also over TLS",
    ports=("21/tcp",),
    packages=("vsftpd",),
    argv=_argv,
    files=_files,
    probes=_probes,
    logs=("/var/log/vsftpd.log",),
)
