"""What SSH is used for: files, tunnels, terminals, jumps; whom it lets in, and whom it knows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.remote import call, shell
from tests.lab.terminal import Terminal

pytestmark = pytest.mark.lab

# Asks nothing, and refuses a host that is not in the lab's list.
STRICT = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes"
# The ways in from h1: not to the other home.
REACHABLE = (
    *("h1", "h2", "h3", "modemA", "modemB", "isp", "backbone", "example"),
    *("ftp", "mail", "www"),
)


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.fixture
def scratch(lab: Lab) -> Iterator[str]:
    """A folder of the same name on h1 and www, gone afterwards."""
    folder = "/tmp/ssh-test"
    for machine in ("h1", "www"):
        shell(lab[machine], f"mkdir {folder} && chmod 777 {folder}")
    yield folder
    for machine in ("h1", "www"):
        shell(lab[machine], f"rm -r {folder}")


class Master:
    """``with Master(node, "-L …", "www"):`` an ssh in the background that has made its tunnels."""

    def __init__(self, node: Node, options: str, host: str) -> None:
        self._node, self._host = node, host
        self._options = options

    def __enter__(self) -> None:
        # -f: it goes to the background when all forwards are made, or fails.
        forward = f"-o ExitOnForwardFailure=yes -f -N -M -S /tmp/master {self._options}"
        shell(self._node, f"{STRICT} {forward} {self._host} </dev/null >/dev/null 2>&1")

    def __exit__(self, *_: object) -> None:
        shell(self._node, f"ssh -S /tmp/master -O exit {self._host}")


# ------------------------------------------------------------ who gets in


@pytest.mark.parametrize("person", ["root", "brandon"])
def test_the_key_alone_opens_without_an_agent(h1: Node, person: str) -> None:
    line = (
        f"env -u SSH_AUTH_SOCK {STRICT} -o PreferredAuthentications=publickey"
        " www.example.com 'whoami; echo ${SSH_AUTH_SOCK:-none}'"
    )
    assert shell(h1, line, user=person).split() == [person, "none"]


def test_a_command_of_ones_own_gives_its_status_and_both_outputs(h1: Node) -> None:
    done = h1.run("sh", "-c", f"{STRICT} mail 'echo out; echo err >&2; exit 7'", timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


@pytest.mark.parametrize("person", ["root", "brandon"])
def test_a_wrong_password_is_refused(h1: Node, person: str) -> None:
    with Terminal(
        h1,
        *("ssh", "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"),
        f"{person}@www.example.com",
    ) as ssh:
        ssh.expect("password: ")
        ssh.type("guess")
        ssh.expect("Permission denied")
        assert ssh.wait() == 255


def test_one_persons_errors_do_not_lock_out_the_neighbours(lab: Lab) -> None:
    ask = "SSH_ASKPASS=/bin/echo SSH_ASKPASS_REQUIRE=force setsid ssh -o PubkeyAuthentication=no"
    for _ in range(5):
        done = lab["h1"].run("sh", "-c", f"{ask} www true", timeout=30)
        assert done.returncode == 255
    assert shell(lab["h2"], f"{STRICT} www hostname").strip() == "www.example.com"


def test_a_stranger_is_refused(h1: Node) -> None:
    done = h1.run("sh", "-c", f"{STRICT} nemo@www true", timeout=20)
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


def test_a_login_has_a_terminal_of_the_size_of_ones_own(h1: Node) -> None:
    with Terminal(h1, "ssh", "-t", "brandon@www.example.com") as ssh:
        ssh.expect("$ ")
        ssh.type("echo at $(tty), $(stty size)")
        ssh.expect("at /dev/pts/")
        ssh.expect("24 80")
        ssh.type("exit 3")
        assert ssh.wait() == 3


def test_no_terminal_is_made_for_a_command(h1: Node) -> None:
    assert "not a tty" in shell(h1, f"{STRICT} www 'tty; true'")


# ------------------------------------------------------------ who is known


@pytest.mark.parametrize("machine", REACHABLE)
def test_a_machine_is_known_by_every_name_and_address(lab: Lab, h1: Node, machine: str) -> None:
    node = lab[machine]
    called = [*node.description.names, *map(str, node.addresses)]
    empty = "-o UserKnownHostsFile=/dev/null"

    def answers(name: str) -> tuple[str, str]:
        done = h1.run(*STRICT.split(), *empty.split(), name, "hostname", timeout=30)
        return name, done.stdout.strip() or done.stderr

    with ThreadPoolExecutor(2) as pool:
        found = dict(pool.map(answers, called))
    if machine == "modemB":
        assert found.pop("192.168.1.1") == "modemA"  # each home has its own modem there
    assert found == dict.fromkeys(found, node.description.hostname)


def test_a_machine_knows_itself_as_localhost(lab: Lab) -> None:
    for machine in ("h4", "www"):
        assert shell(lab[machine], f"{STRICT} localhost hostname -s").strip() == machine


def test_a_machine_that_shows_another_key_is_refused(h1: Node) -> None:
    # mail's key is not what the list has for www.
    done = h1.run(*STRICT.split(), "-o", "HostKeyAlias=www.example.com", "mail", "true", timeout=20)
    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr


# ------------------------------------------------------------ files


def test_sftp_fetches_lists_and_leaves_files(lab: Lab, h1: Node, scratch: str) -> None:
    batch = f"get /etc/os-release {scratch}/got\nput /etc/services {scratch}/put\nls {scratch}\n"
    done = h1.run("sftp", "-b", "-", "www.example.com", input=batch, check=True, timeout=20)
    assert f"{scratch}/put" in done.stdout
    assert "trixie" in shell(h1, f"cat {scratch}/got")
    assert shell(lab["www"], f"cat {scratch}/put") == shell(h1, "cat /etc/services")


@pytest.mark.parametrize("option", ["", "-O"], ids=["sftp protocol", "scp protocol"])
def test_scp_copies_both_ways(lab: Lab, h1: Node, scratch: str, option: str) -> None:
    line = (
        f"cd {scratch} && mkdir -p a/b && echo deep > a/b/file && chmod 640 a/b/file"
        f" && scp -q {option} -pr a www:{scratch}/ && scp -q {option} -pr www:{scratch}/a back"
    )
    shell(h1, line, user="brandon")
    assert shell(lab["www"], f"stat -c '%U %a' {scratch}/a/b/file").split() == ["brandon", "640"]
    assert shell(h1, f"cat {scratch}/back/b/file") == "deep\n"


def test_rsync_sends_what_has_changed(lab: Lab, h1: Node, scratch: str) -> None:
    shell(h1, f"cp -r /usr/share/common-licenses {scratch}/l && rsync -a {scratch}/l www:{scratch}")
    said = shell(h1, f"echo >> {scratch}/l/BSD; rsync -ai {scratch}/l www:{scratch}")
    assert [line.split()[1] for line in said.splitlines() if line.startswith("<f")] == ["l/BSD"]


# ------------------------------------------------------------ tunnels


def test_a_port_at_home_leads_through_www_to_mail(h1: Node) -> None:
    with Master(h1, "-L 8110:mail.example.com:110", "www"):
        assert shell(h1, "echo QUIT | nc -w 5 localhost 8110").startswith("+OK")


def test_a_socks_proxy_at_home_asks_from_www(h1: Node) -> None:
    with Master(h1, "-D 1080", "www"):
        line = "curl -4sS -m 10 --socks5-hostname localhost:1080 http://www.example.com/ip"
        assert "10.130.1.4" in shell(h1, line)
    assert "10.25.1.65" in shell(h1, "curl -4sS -m 10 http://www.example.com/ip")


def test_a_port_of_www_leads_back_through_the_modem(lab: Lab, h1: Node) -> None:
    with Master(h1, "-R 8022:localhost:22", "www"):
        line = f"{STRICT} -p 8022 localhost hostname"
        assert shell(lab["www"], line).strip() == "h1"
    assert lab["www"].run("nc", "-zw2", "localhost", "8022", timeout=10).returncode == 1


def test_a_jump_over_a_home_machine_reaches_what_is_behind_its_modem(lab: Lab) -> None:
    # The road back from www exists only as long as the tunnel does.
    line = f"{STRICT} -J www.example.com,ftp.example.com mail.example.com 'echo $SSH_CLIENT'"
    assert shell(lab["h4"], line).split()[0] == "10.130.1.2"


# ------------------------------------------------------------ libraries


def with_paramiko(host: str) -> str:
    import paramiko

    with paramiko.SSHClient() as client:
        client.load_system_host_keys("/etc/ssh/ssh_known_hosts")
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(host, timeout=10, allow_agent=False)
        with client.open_sftp() as sftp, sftp.open("/etc/hostname") as file:
            return file.read().decode().strip()


def with_asyncssh(host: str) -> str:
    import asyncio

    import asyncssh

    async def talk() -> str:
        known = "/etc/ssh/ssh_known_hosts"
        async with asyncssh.connect(host, known_hosts=known, connect_timeout=10) as connection:
            done = await connection.run("cat /etc/hostname", check=True)
            return str(done.stdout).strip()

    return asyncio.run(talk())


@pytest.mark.parametrize("library", [with_paramiko, with_asyncssh])
def test_the_libraries_find_key_and_host_by_themselves(h1: Node, library: object) -> None:
    assert call(h1, library, "www.example.com") == "www.example.com"  # type: ignore[arg-type]
