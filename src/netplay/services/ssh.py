"""OpenSSH on every node: one key pair opens every door, and no door is unknown.

Two things are done so that `ssh www` asks nothing, from anywhere, the first time: every
account has the lab's identity and accepts it, and /etc/ssh/ssh_known_hosts holds the host key
of each node under all its names and addresses. Passwords work too (chapter 16 needs them).

All nodes get the same files but for the host key itself: `localhost`, which is another host on
each of them, is left to ``NoHostAuthenticationForLocalhost``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.model import Account, Topology
from netplay.services import probes
from netplay.services.naming import names_leading_to
from netplay.services.service import Context, Credentials, File, Probe, Service

__all__ = ["SERVICE"]

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
# Root is on every node without the topology's saying so.
ROOT = Account(name="root", password="", uid=0, home="/root")

# UsePAM no: sshd compares with /etc/shadow by itself, saving 4 ms and PAM's session modules.
# PerSourcePenalties no: since OpenSSH 9.8 a source is shut out for a while after failed or
# unfinished logins; here all homes come from one modem's address, and one learner's typing
# error would lock out the other three.
# SetEnv: without PAM nobody reads /etc/environment, and `ssh www python3` has the lessons' Python.
SERVER = f"""\
# sshd_config(5) of netplay. Files in sshd_config.d go first, and the first value counts.
Include /etc/ssh/sshd_config.d/*.conf

HostKey {HOST_KEY}
PidFile none
UsePAM no
UseDNS no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PerSourcePenalties no
MaxStartups 100:30:200
AcceptEnv LANG LC_* COLORTERM NO_COLOR
SetEnv PATH=/opt/netplay/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PrintMotd yes
PrintLastLog no
Subsystem sftp internal-sftp
"""

# accept-new: a host that is not in the list (a server that the learner starts) is noted
# without a question, but a key that has changed is still refused.
CLIENT = """\
# ssh_config(5) of netplay: the keys of all hosts are in /etc/ssh/ssh_known_hosts.
Host *
    StrictHostKeyChecking accept-new
    NoHostAuthenticationForLocalhost yes
    GSSAPIAuthentication no
"""


def _shared(topology: Topology, credentials: Credentials) -> tuple[File, ...]:
    return tuple(_files_of_all_nodes(topology, credentials))


def _files_of_all_nodes(topology: Topology, credentials: Credentials) -> Iterator[File]:
    """What is the same on every node of the lab: all but the node's own host key."""
    yield File(path="/run/sshd", mode=0o755)  # sshd(8): where its unprivileged part is locked in
    yield File(path="/etc/ssh/sshd_config", content=SERVER)
    yield File(path="/etc/ssh/ssh_config.d/netplay.conf", content=CLIENT)
    known_hosts = "".join(_known_hosts(topology, credentials))
    yield File(path="/etc/ssh/ssh_known_hosts", content=known_hosts)
    for account in {a.name: a for a in (ROOT, *topology.accounts)}.values():
        yield from _identity(account, credentials)


def _files(context: Context) -> tuple[File, ...]:
    host = context.credentials.hosts[context.node.name]
    return (
        File(path=HOST_KEY, content=host.private, mode=0o600),
        File(path=f"{HOST_KEY}.pub", content=host.public + "\n"),
    )


def _known_hosts(topology: Topology, credentials: Credentials) -> Iterator[str]:
    """The lines of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".

    Two nodes may have one address (both modems are 192.168.1.1 at home): any line that
    matches will do, so each place meets its own.
    """
    for node in topology.computers:
        called = ",".join((*names_leading_to(topology, node), *map(str, node.addresses)))
        kind, key, *_ = credentials.hosts[node.name].public.split()
        yield f"{called} {kind} {key}\n"


def _identity(account: Account, credentials: Credentials) -> Iterator[File]:
    # sshd_config(5) StrictModes: no one else may write here, else keys are ignored.
    folder = f"{account.home}/.ssh"
    private, public = credentials.user.private, credentials.user.public + "\n"
    for path, content, mode in (
        (folder, None, 0o700),
        # Named after its kind: libraries guess the kind from the name.
        (f"{folder}/id_ed25519", private, 0o600),
        (f"{folder}/id_ed25519.pub", public, 0o644),
        (f"{folder}/authorized_keys", public, 0o600),
    ):
        yield File(path=path, content=content, mode=mode, owner=account.name, group=account.name)


def _argv(_: Context) -> tuple[str, ...]:
    # sshd(8): re-executes itself, so the path must be absolute; -D stays, -e logs to stderr.
    return ("/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config")


def _probes(_: Context) -> tuple[Probe, ...]:
    return (probes.banner(22, probes.SSH, "SSH banner"),)


SERVICE = Service(
    name="ssh",
    title="OpenSSH: remote shell and files",
    ports=("22/tcp",),
    packages=("openssh-server", "openssh-client"),
    argv=_argv,
    files=_files,
    shared=_shared,
    probes=_probes,
)
