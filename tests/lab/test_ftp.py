"""Files by FTP from behind a modem: fetched by anybody, left by brandon, in every mode."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.remote import call, shell

pytestmark = pytest.mark.lab

SERVER4, SERVER6 = "10.130.1.2", "2001:db8:130:1::2"
LARGE = "pub/astronomy/dark-frame.fits"
FOLDERS = {
    *("pub", "pub/astronomy", "pub/astronomy/charts", "pub/software"),
    *("pub/maps", "pub/maps/earth", "pub/maps/earth/coasts", "pub/maps/moon", "pub/maps/sky"),
}


@pytest.fixture(scope="module", autouse=True)
def home_left_as_found(lab: Lab) -> Iterator[None]:
    yield
    lab.reset("ftp")


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.fixture
def no_helper_on_the_modem(lab: Lab) -> Iterator[None]:
    """modemA without what follows FTP; its rules outlive a reset, so they are put back here."""
    rules = shell(lab["modemA"], "nft list table inet helper")
    shell(lab["modemA"], "nft delete table inet helper")
    yield
    lab["modemA"].run("nft", "-f", "-", input=rules, check=True, timeout=10)


def walk(host: str) -> dict[str, list[str]]:
    """The names in every folder that an anonymous visitor finds."""
    import ftplib

    with ftplib.FTP(host, timeout=10) as ftp:
        ftp.login()
        found = {}
        waiting = [""]
        while waiting:
            path = waiting.pop()
            lines: list[str] = []
            ftp.cwd("/" + path)
            ftp.dir(lines.append)
            found[path] = [line.split()[-1] for line in lines]
            folders = [line.split()[-1] for line in lines if line.startswith("d")]
            waiting += [f"{path}/{name}".lstrip("/") for name in folders]
    return found


def fetch(host: str, path: str) -> list[object]:
    """Size, time and content's SHA-256 and first 4 kB, fetched in binary mode."""
    import ftplib
    import hashlib

    content = bytearray()
    with ftplib.FTP(host, timeout=20) as ftp:
        ftp.login()
        ftp.voidcmd("TYPE I")
        size = ftp.size(path)
        modified = ftp.voidcmd(f"MDTM {path}").split()[1]
        ftp.retrbinary(f"RETR {path}", content.extend)
    return [size, modified, hashlib.sha256(content).hexdigest(), content[:4096].hex()]


def upload(host: str, name: str, text: str, passive: bool, tls: bool) -> list[str]:
    """Leaves a file in brandon's home and fetches it again; the replies and the content."""
    import ftplib
    import io
    import ssl

    if tls:
        ftp = ftplib.FTP_TLS(host, timeout=10, context=ssl.create_default_context())
    else:
        ftp = ftplib.FTP(host, timeout=10)
    with ftp:
        ftp.login("brandon", "abc123")
        if tls:
            ftp.prot_p()
        ftp.set_pasv(passive)
        stored = ftp.storbinary(f"STOR {name}", io.BytesIO(text.encode()))
        back = bytearray()
        ftp.retrbinary(f"RETR {name}", back.extend)
    return [stored, back.decode()]


def forbidden(commands: list[str]) -> dict[str, str]:
    """What an anonymous visitor is told who tries to change something."""
    import ftplib

    said = {}
    with ftplib.FTP("ftp.example.com", timeout=10) as ftp:
        ftp.login()
        for command in commands:
            try:
                if command.startswith("STOR"):
                    ftp.ntransfercmd(command)
                said[command] = ftp.voidcmd(command)
            except ftplib.error_perm as error:
                said[command] = str(error)
    return said


# ------------------------------------------------------------ everybody


def test_the_public_tree_has_what_the_lessons_walk_through(h1: Node) -> None:
    found = call(h1, walk, "ftp.example.com")
    assert set(found) == {"", *FOLDERS}
    assert found[""] == ["README", "pub"]
    assert len(found["pub/astronomy"]) == 13
    assert {"README", "INDEX"} <= set(found["pub/astronomy"])
    assert "patch8.gz" in found["pub/software"]
    assert len([f for f in found if f.startswith("pub/maps")]) == 5


def test_a_large_file_arrives_whole(lab: Lab, h1: Node) -> None:
    size, modified, digest, _ = call(h1, fetch, "ftp.example.com", LARGE)
    assert size > 1_000_000
    assert modified == "20250615150640"
    there = shell(lab["ftp"], f"sha256sum /srv/ftp/{LARGE}").split()[0]
    assert digest == there


def test_a_compressed_file_can_be_unpacked(h1: Node) -> None:
    size, _, digest, content = call(h1, fetch, "ftp", "pub/software/patch8.gz")
    packed = bytes.fromhex(content)
    assert (len(packed), hashlib.sha256(packed).hexdigest()) == (size, digest)
    assert gzip.decompress(packed).isascii()


def test_lftp_mirrors_the_tree(h1: Node) -> None:
    line = (
        "cd $(mktemp -d) && lftp -c 'set net:timeout 10; set net:max-retries 1;"
        " open ftp.example.com; mirror --no-perms pub/maps maps'"
        " && find maps -name '*.csv' | sort && rm -r maps"
    )
    assert shell(h1, line).split() == [
        "maps/earth/cities.csv",
        "maps/earth/coasts/lundy.csv",
        "maps/moon/seas.csv",
        "maps/sky/zodiac.csv",
    ]


def test_an_anonymous_visitor_changes_nothing(h1: Node) -> None:
    tries = ["STOR new", "MKD new", "DELE README", "RMD pub", "RNFR README", "SITE CHMOD 777 pub"]
    said = call(h1, forbidden, tries)
    assert {command: text[:3] for command, text in said.items()} == dict.fromkeys(tries, "550")
    assert call(h1, walk, "ftp")[""] == ["README", "pub"]


def test_an_anonymous_visitor_stays_below_the_public_folder(h1: Node) -> None:
    done = h1.run("curl", "-4sS", "-m", "10", "ftp://ftp.example.com/../../etc/passwd")
    assert done.returncode != 0
    assert call(h1, walk, "ftp")[""] == ["README", "pub"]


# ------------------------------------------------------------ brandon


@pytest.mark.parametrize("host", ["ftp.example.com", SERVER6])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_brandon_leaves_a_file_at_home_in_passive_mode(
    lab: Lab, h1: Node, host: str, tls: bool
) -> None:
    stored, back = call(h1, upload, host, "passive.txt", "by the server's port\n", True, tls)
    assert stored.startswith("226")
    assert back == "by the server's port\n"
    listed = shell(lab["ftp"], "stat -c '%U %a %s' /home/brandon/passive.txt")
    assert listed.split() == ["brandon", "600", "21"]
    shell(lab["ftp"], "rm /home/brandon/passive.txt")


def test_active_mode_passes_the_modem(lab: Lab, h1: Node) -> None:
    stored, back = call(h1, upload, SERVER4, "active.txt", "by my own port\n", False, False)
    assert stored.startswith("226")
    assert back == "by my own port\n"
    # What h1 announced was its own address; the server has heard the modem's.
    log = shell(lab["ftp"], "grep 'command.*PORT ' /var/log/vsftpd.log | tail -1")
    assert '"PORT 10,25,1,65,' in log


ACTIVE = "curl -sSv -m 15 --ftp-port - -u brandon:abc123 -T /etc/hostname ftp://ftp.example.com/"


@pytest.mark.parametrize(
    ("options", "sent", "caller"),
    [
        ("-4", "> EPRT |1|192.168.1.11|", SERVER4),
        ("-4 --disable-eprt", "> PORT 192,168,1,11,", SERVER4),
        ("-6", "> EPRT |2|2001:db8:a::11|", SERVER6),
    ],
)
def test_every_way_to_announce_a_port_passes_the_modem(
    h1: Node, options: str, sent: str, caller: str
) -> None:
    done = h1.run("sh", "-c", f"{ACTIVE} {options}", timeout=20)
    assert done.returncode == 0
    assert sent in done.stderr
    assert f"Connected 2nd connection to {caller} port 20" in done.stderr


@pytest.mark.usefixtures("no_helper_on_the_modem")
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("-4", 30),  # curl(1): the port could not be announced, for it is at an address nobody has
        ("-4 --disable-eprt", 30),
        ("-6 -m 4", 28),  # announced, and the modem turns the server away
    ],
)
def test_without_the_modems_help_active_mode_fails(h1: Node, options: str, status: int) -> None:
    done = h1.run("sh", "-c", f"{ACTIVE} {options}", timeout=20)
    assert done.returncode == status
    # Nothing else is broken: passive mode needs no help.
    assert shell(h1, "curl -4sS -m 10 ftp://ftp.example.com/README")


def test_the_modem_helps_again(lab: Lab) -> None:
    assert "ct helper set" in shell(lab["modemA"], "nft list table inet helper")


@pytest.mark.parametrize("home", ["h2", "h4"])
def test_every_home_is_helped(lab: Lab, home: str) -> None:
    stored, _ = call(lab[home], upload, SERVER4, f"from-{home}.txt", "hi\n", False, False)
    assert stored.startswith("226")


def test_lftp_turns_to_tls_by_itself(h1: Node) -> None:
    line = (
        "lftp -d -u brandon,abc123 -e 'set net:timeout 10; set ssl:verify-certificate yes; ls; bye'"
        " ftp.example.com 2>&1"
    )
    said = shell(h1, line)
    assert "---> AUTH TLS" in said
    assert "<--- 234 Proceed with negotiation." in said
    assert "<--- 226 Directory send OK." in said


def test_a_wrong_password_is_refused(h1: Node) -> None:
    done = h1.run(
        "sh", "-c", "curl -4sS -m 15 --user brandon:wrong ftp://ftp.example.com/", timeout=20
    )
    assert done.returncode == 67  # curl(1): the user name or password was not accepted


def test_the_ftp_command_lists_the_folder(h1: Node) -> None:
    said = h1.run(
        "ftp", "-inv4", "ftp.example.com", input="user anonymous x\ncd pub\nls\nbye\n", timeout=20
    ).stdout
    for reply in ("220 netplay FTP", "230 Login successful.", "250 Directory", "226 Directory"):
        assert reply in said, said
    assert "astronomy" in said
