"""The image itself: what is in it works, and what is of this computer is not in it."""

from __future__ import annotations

import os
import re
import socket
import stat
from pathlib import Path

import pytest

from netplay import image
from netplay.image import contents
from netplay.kernel import idmap, libc
from netplay.kernel.inside import run_inside

pytestmark = [pytest.mark.slow, pytest.mark.lab]


@pytest.fixture(scope="module")
def root() -> Path:
    """The user's own image; built now if this is the first use of it."""
    return image.ensure()


@pytest.fixture
def mount_points(open_folder: Path) -> Path:
    os.chown(open_folder, *idmap.choose().root)
    return open_folder


def run(root: Path, base: Path, script: str) -> str:
    """What a shell says on a throw-away machine with the image, without any network."""
    reading, writing = os.pipe()

    def shell() -> int:
        libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
        socket.sethostname("h1")
        libc.mount("tmpfs", str(base), "tmpfs", 0, "mode=755")
        for folder in ("upper", "work", "root"):
            os.mkdir(f"{base}/{folder}")
        layers = f"lowerdir={root},upperdir={base}/upper,workdir={base}/work"
        libc.mount("overlay", f"{base}/root", "overlay", 0, layers)
        libc.mount("proc", f"{base}/root/proc", "proc")
        libc.mount("tmpfs", f"{base}/root/dev", "tmpfs", 0, "mode=755")
        for device in ("null", "urandom"):
            Path(f"{base}/root/dev/{device}").touch()
            libc.mount(f"/dev/{device}", f"{base}/root/dev/{device}", None, libc.MS_BIND)
        os.chroot(f"{base}/root")
        os.chdir("/")
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        environment = {"HOME": "/root", "TERM": "dumb", "MANPAGER": "cat"}
        os.execve("/bin/bash", ["bash", "-lc", script], environment)

    namespaces = libc.CLONE_NEWNS | libc.CLONE_NEWPID | libc.CLONE_NEWNET | libc.CLONE_NEWUTS
    pid = os.fork()  # run_inside returns when the shell ends; the pipe must be read meanwhile
    if pid == 0:
        os.close(reading)
        os._exit(run_inside(idmap.choose(), shell, namespaces) & 0xFF)
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


def text_files(root: Path) -> list[Path]:
    """Every readable small file that an installation may have written."""
    found = []
    for folder in ("etc", "root", "var/lib", "var/spool", "var/cache", "var/log", "home"):
        for directory, _, names in os.walk(root / folder):
            paths = (Path(directory) / name for name in names)
            found += [path for path in paths if _is_readable(path)]
    return found


def _is_readable(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_size < 4e6 and os.access(path, os.R_OK)


def test_nothing_of_the_building_machine_is_in_it(root: Path) -> None:
    words = {socket.gethostname()} | set(_nameservers()) | set(_mirrors())
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words if len(word) > 3))
    for path in text_files(root):
        found = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path} has {found}"


def _nameservers() -> list[str]:
    return re.findall(r"^nameserver\s+(\S+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE)


def _mirrors() -> list[str]:
    # Debian's own names are in its documentation, whoever builds
    files = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.sources")]
    text = "".join(path.read_text() for path in files if path.is_file())
    return [host for host in re.findall(r"://([^/\s]+)", text) if "debian.org" not in host]


@pytest.mark.parametrize(
    "pattern",
    [
        "etc/ssh/ssh_host_*",
        "etc/ssl/private/*",
        "etc/apt/sources.list.d/*",
        "etc/apt/apt.conf.d/99*",
        "var/lib/apt/lists/*_*",
        "var/cache/apt/archives/*.deb",
        "var/log/**/*.log",
        "root/.cache",
        "tmp/*",
        "dev/*",
        "var/spool/postfix/etc/*",
    ],
)
def test_is_empty(root: Path, pattern: str) -> None:
    assert list(root.glob(pattern)) == []


def test_names_are_neutral(root: Path) -> None:
    for file in contents.FILES:
        path = root / file.path.removeprefix("/")
        if os.access(path, os.R_OK):
            assert path.read_text() == file.text
        assert stat.S_IMODE(path.stat().st_mode) == file.mode
    assert "myhostname = localhost\n" in (root / "etc/postfix/main.cf").read_text()


def test_programs_are_there(root: Path) -> None:
    programs = """arping bash catatonit conntrack curl delv dig ethtool file ftp git host ip ipcalc
        iperf3 jq less lftp lsof mail man memcached mtr named nano nc ngrep nft nginx nmap opendkim
        openssl pgrep ping postfix rsync socat ss ssh sshd strace sudo swaks tcpdump telnet telnetd
        tmux traceroute tracepath tree unzip valkey-cli valkey-server vi vsftpd whois xxd zstd
        dovecot python3 doveconf"""
    folders = [root / "usr/bin", root / "usr/sbin"]
    missing = [
        name
        for name in programs.split()
        if not any((f / name).is_symlink() or (f / name).exists() for f in folders)
    ]
    assert missing == []


def test_every_library_of_the_lessons_is_installed(root: Path, mount_points: Path) -> None:
    names = [re.split(r"[\[<>=~! ]", line)[0] for line in contents.lessons_requirements()]
    said = run(
        root,
        mount_points,
        "python3 -c 'from importlib.metadata import version\n"
        f'for name in "{" ".join(names)}".split(): version(name)\n'
        "import dkim, lxml.etree, cryptography.x509, grpc, zmq, uvloop, aioquic, httpbin, httpx2\n"
        "import authheaders, pyftpdlib.handlers, spf\n"
        # Debian's asynchat says that it needs asyncore by a name that Debian's asyncore has not.
        'print("all there")\'; which python3; pip check | grep -v -e ^standard -e ^No; echo',
    )
    assert said.endswith("all there\n/opt/netplay/bin/python3\n\n")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("man ip | head -5", "show / manipulate routing"),
        ("man 7 tcp | head -4", "tcp(7)"),
        ("apropos -e nft", "nft (8)"),
        ("locale charmap; echo $LANG", "UTF-8\nC.UTF-8"),
        ("bash -ic 'type -t _comp_load _init_completion' 2>/dev/null", "function\nfunction"),
        ("sudo -n sh -c 'command -v python3'", "/opt/netplay/bin/python3"),
        ("su -s /bin/bash - man -c 'command -v python3 ip ss'", "/opt/netplay/bin/python3"),
        ("named -v", "BIND 9."),
        ("nginx -V 2>&1 | tr ' ' '\\n'", "--with-http_v3_module"),
        ("ls -d /var/spool/postfix/active /var/spool/postfix/private", "private"),
        ("getcap /usr/bin/mtr-packet", "cap_net_raw=ep"),
        ("hostname; cat /etc/hostname", "h1\nlocalhost"),
        ("python3 -m venv /tmp/v && /tmp/v/bin/python -m pip --version", "pip "),
    ],
)
def test_at_a_prompt(root: Path, mount_points: Path, script: str, expected: str) -> None:
    assert expected in run(root, mount_points, script)


def test_its_size_is_reasonable(root: Path) -> None:
    information = image.info()
    assert int(str(information["tar_bytes"])) < 900_000_000  # a plain tar where zstd is missing
