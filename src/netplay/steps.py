"""Every change netplay can ask of the kernel, as data. Nothing here acts.

A step names the node it happens on (``PANEL`` is the hidden namespace between the nodes,
``EVERY`` the file system layer under all of them) and prints, with ``shell()``, as the line a
person would type as root to get the same. ``netplay plan`` is these lines; the keeper applies
the same objects without running one of the commands.

Two lanes: the steps in ``FILE_STEPS`` shape one node's files and are applied by that node's
own first process, in order; all others by the keeper, in order. The lanes meet when the
first service of a node starts, so a plan may list a node's files and its links in any order.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from types import MappingProxyType

from netplay.cables import Impair
from netplay.structs import Frozen, field

TYPE_CHECKING = False  # these cost imports; type checkers know the name
if TYPE_CHECKING:
    from ipaddress import (
        IPv4Address,
        IPv4Interface,
        IPv4Network,
        IPv6Address,
        IPv6Interface,
        IPv6Network,
    )
    from typing import TypeAlias

PANEL = ""
EVERY = "*"


def _within(node: str, command: str) -> str:
    """*command* as typed on *node*: ``ip -n`` for ip(8), ``ip netns exec`` for the rest."""
    name = node or "panel"
    first, _, rest = command.partition(" ")
    if first == "ip":
        return f"ip -n {name} {rest}"
    return f"ip netns exec {name} {command}"


# ---------------------------------------------------------------- network


class MakeNamespace(Frozen, kw_only=True):
    """A network stack of its own, with its loopback up."""

    node: str

    def shell(self) -> str:
        name = self.node or "panel"
        return f"ip netns add {name} && ip -n {name} link set lo up"


class SetSysctl(Frozen, kw_only=True):
    """One kernel parameter of a node, by its dotted name (sysctl(8))."""

    node: str
    key: str
    value: str

    @property
    def path(self) -> str:
        """The file below /proc/sys. A '/' in the key stands for a '.' in an interface name."""
        return self.key.translate(str.maketrans("./", "/."))

    def shell(self) -> str:
        return _within(self.node, shlex.join(["sysctl", "-qw", f"{self.key}={self.value}"]))


class AddVeth(Frozen, kw_only=True):
    """A cable: ``interface`` on ``owner``, its other end ``port`` on the patch panel.

    ``index`` and ``port_index`` are the numbers of the two ends; choosing them spares a look-up.
    """

    owner: str
    interface: str
    mac: str
    mtu: int
    index: int
    port: str
    port_index: int
    node: str = PANEL

    def shell(self) -> str:
        return (
            f"ip link add {self.port} netns panel index {self.port_index} mtu {self.mtu} type veth"
            f" peer name {self.interface} netns {self.owner or 'panel'} index {self.index}"
            f" address {self.mac} mtu {self.mtu}"
        )


class AddBridge(Frozen, kw_only=True):
    """A switch on the panel."""

    bridge: str
    index: int
    mtu: int
    node: str = PANEL

    def shell(self) -> str:
        line = f"ip link add {self.bridge} index {self.index} mtu {self.mtu} type bridge"
        return _within(self.node, line)


class SetMaster(Frozen, kw_only=True):
    """Plugs the panel's ``port`` into a bridge."""

    port: str
    port_index: int
    bridge: str
    bridge_index: int
    node: str = PANEL

    def shell(self) -> str:
        return _within(self.node, f"ip link set {self.port} master {self.bridge}")


class SetLinkUp(Frozen, kw_only=True):
    """Switches an interface on."""

    node: str
    interface: str
    index: int

    def shell(self) -> str:
        return _within(self.node, f"ip link set {self.interface} up")


class AddAddress(Frozen, kw_only=True):
    """Gives an interface an address; IPv6 without duplicate address detection."""

    node: str
    interface: str
    index: int
    address: IPv4Interface | IPv6Interface

    def shell(self) -> str:
        nodad = " nodad" if self.address.version == 6 else ""
        return _within(self.node, f"ip addr add {self.address} dev {self.interface}{nodad}")


class AddRoute(Frozen, kw_only=True):
    """One line of a routing table; ``index`` is the number of ``interface``."""

    node: str
    destination: IPv4Network | IPv6Network
    gateway: IPv4Address | IPv6Address | None = None
    interface: str | None = None
    index: int | None = None
    source: IPv4Address | IPv6Address | None = None
    kind: str = "unicast"

    def shell(self) -> str:
        words = ["ip", "-6"] if self.destination.version == 6 else ["ip"]
        words += ["route", "add"]
        if self.kind != "unicast":
            words.append(self.kind)
        words.append("default" if self.destination.prefixlen == 0 else str(self.destination))
        if self.gateway:
            words += ["via", str(self.gateway)]
        if self.interface:
            words += ["dev", self.interface]
        if self.source:
            words += ["src", str(self.source)]
        if words[1] == "-6":  # `ip -n NAME` must come first
            return f"ip -n {self.node or 'panel'} " + " ".join(words[1:])
        return _within(self.node, " ".join(words))


class LoadNftables(Frozen, kw_only=True):
    """A whole nftables ruleset, as nft(8) reads it."""

    node: str
    ruleset: str

    def shell(self) -> str:
        return _within(self.node, f"nft -f - <<'END'\n{self.ruleset}END")


# ---------------------------------------------------------------- files


class File(Frozen, kw_only=True):
    """A file, a folder (``content`` None) or a symbolic link (``link``) on a node.

    ``mode`` is 0644 for files and 0755 for folders unless given. Owner and group are names of
    the node's own /etc/passwd and /etc/group. Folders on the way are made with the mode and
    owner they have in the image, else root's 0755.
    ``modified`` sets the modification time (seconds since 1970).
    """

    path: str
    content: bytes | str | None = None
    mode: int = -1
    owner: str = "root"
    group: str = "root"
    link: str | None = None
    modified: float | None = None

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or "/../" in self.path + "/":
            raise ValueError(f"{self.path!r} is not an absolute path without '..'")
        if self.mode < 0:
            object.__setattr__(self, "mode", 0o755 if self.content is None else 0o644)


class MakeRoot(Frozen, kw_only=True):
    """A node's own file system over the image, with /proc, /sys and /dev, and its host name.

    ``size`` limits what the node may write, in bytes.
    """

    node: str
    hostname: str
    size: int

    def shell(self) -> str:
        n = self.node
        return (
            f"mkdir -p lab/{n} && mount -t tmpfs -o size={self.size} {n} lab/{n}"
            f" && mkdir lab/{n}/upper lab/{n}/work lab/{n}/root"
            f" && mount -t overlay -o lowerdir=lab/every:image,upperdir=lab/{n}/upper,"
            f"workdir=lab/{n}/work {n} lab/{n}/root"
        )


class WriteFile(Frozen, kw_only=True):
    """Puts one file, folder or symbolic link on a node."""

    node: str
    file: File

    def shell(self) -> str:
        f = self.file
        root = "lab/every" if self.node == EVERY else f"lab/{self.node}/root"
        path = shlex.quote(root + f.path)
        if f.link is not None:
            return f"ln -sfn {shlex.quote(f.link)} {path}"
        who = f"-m {f.mode:04o} -o {f.owner} -g {f.group}"
        if f.content is None:
            return f"install -d {who} {path}"
        if isinstance(f.content, bytes):
            return f"install -D {who} /dev/stdin {path}  # {len(f.content)} bytes"
        return f"install -D {who} /dev/stdin {path} <<'END'\n{f.content}{_newline(f.content)}END"


def _newline(text: str) -> str:
    return "" if text.endswith("\n") or not text else "\n"


class AppendFile(Frozen, kw_only=True):
    """Adds text to a file that the image has, for all nodes."""

    path: str
    content: str
    node: str = EVERY

    def shell(self) -> str:
        target = f"lab/every{self.path}"
        return f"cat image{self.path} - > {target} <<'END'\n{self.content}END"


class AddAccount(Frozen, kw_only=True):
    """A person who can log in on every node; root exists already and gets a password."""

    name: str
    password: str
    uid: int
    home: str
    shell_path: str
    sudo: bool
    node: str = EVERY

    def shell(self) -> str:
        made = ""
        if self.uid != 0:
            groups = " -G sudo" if self.sudo else ""
            made = f"useradd -m -u {self.uid} -d {self.home} -s {self.shell_path}{groups}"
            made += f" {self.name} && "
        return f"{made}echo {self.name}:{self.password} | chpasswd"


class BindMount(Frozen, kw_only=True):
    """Shows a folder or file of the computer on a node."""

    node: str
    source: str
    target: str
    read_only: bool = False

    def shell(self) -> str:
        target = shlex.quote(f"lab/{self.node}/root{self.target}")
        source = shlex.quote(self.source)
        only = f" && mount -o remount,bind,ro {target}" if self.read_only else ""
        return f"mkdir -p {target} && mount --bind {source} {target}{only}"


# ---------------------------------------------------------------- processes


class Probe(Frozen, kw_only=True):
    """One question that a service answers when it is ready.

    The keeper connects to ``address`` (the node's own loopback by default) and ``port`` from
    inside the node, sends ``send`` if there is any, and reads until ``expect`` (a regular
    expression on bytes) matches at the start of what came back. With the transport ``unix``
    the address is a path on the node and the port is 0. ``what`` names the question in the
    message when no answer comes.
    """

    port: int
    expect: bytes
    send: bytes = b""
    transport: str = "tcp"  # or "udp", "unix"
    address: str = "127.0.0.1"
    what: str = ""


class StartService(Frozen, kw_only=True):
    """Starts a daemon that stays in the foreground; it is ready when all probes are answered."""

    node: str
    name: str
    argv: tuple[str, ...]
    user: str = "root"
    directory: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()

    @property
    def log(self) -> str:
        """Where, on the node, what the daemon prints is kept."""
        return f"/var/log/netplay/{self.name}.log"

    def shell(self) -> str:
        words = [f"{key}={value}" for key, value in self.environment.items()]
        if words:
            words.insert(0, "env")
        if self.user != "root":
            words = ["runuser", "-u", self.user, "--", *words]
        line = shlex.join([*words, *self.argv])
        return f"ip netns exec {self.node} chroot lab/{self.node}/root {line} &"


class RunCommand(Frozen, kw_only=True):
    """A shell line that is run on the node once everything on it is up."""

    node: str
    line: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def shell(self) -> str:
        line = shlex.join(["sh", "-c", self.line])
        return f"ip netns exec {self.node} chroot lab/{self.node}/root {line}"


class PublishPort(Frozen, kw_only=True):
    """A TCP port of the computer's loopback that leads to ``target`` of the node.

    There the first of ``addresses`` that takes the connection gets it.
    """

    node: str
    address: str
    port: int
    target: int
    addresses: tuple[str, ...]

    def shell(self) -> str:
        six = ":" in self.address
        listen = f"TCP{6 if six else 4}-LISTEN:{self.port},bind={self.address},reuseaddr,fork"
        there = f"ip netns exec {self.node} socat STDIO TCP:{self.addresses[0]}:{self.target}"
        return shlex.join(["socat", listen, f"EXEC:{there}"]) + " &"


FileStep: TypeAlias = MakeRoot | WriteFile | BindMount
EveryStep: TypeAlias = AppendFile | AddAccount
NetworkStep: TypeAlias = (
    MakeNamespace
    | SetSysctl
    | AddVeth
    | AddBridge
    | SetMaster
    | SetLinkUp
    | AddAddress
    | AddRoute
    | LoadNftables
)
ProcessStep: TypeAlias = StartService | RunCommand | PublishPort
Step: TypeAlias = NetworkStep | Impair | FileStep | EveryStep | ProcessStep

FILE_STEPS = (MakeRoot, WriteFile, BindMount)
EMPTY: Mapping[str, str] = MappingProxyType({})
