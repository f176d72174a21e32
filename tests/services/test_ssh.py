"""SSH: everybody gets in everywhere, and nobody is asked."""

from __future__ import annotations

from dataclasses import replace

from netplay import playground
from netplay.model import Account
from netplay.services import ssh
from netplay.services.service import Context, File
from tests.services.contexts import by_path, context, text


def files(node: str = "www") -> dict[str, File]:
    """All that a node has of it: its own files over those that all nodes share."""
    return seen(context(node, "ssh"))


def seen(there: Context) -> dict[str, File]:
    shared = ssh.SERVICE.shared(there.topology, there.credentials)
    return by_path((*shared, *ssh.SERVICE.files(there)))


def known_hosts() -> dict[str, set[str]]:
    """name or address: the keys listed for it."""
    found: dict[str, set[str]] = {}
    for line in text(files()["/etc/ssh/ssh_known_hosts"]).splitlines():
        names, kind, key = line.split(" ")
        assert kind == "ssh-ed25519"
        for name in names.split(","):
            found.setdefault(name, set()).add(key)
    return found


def key(node: str) -> str:
    return context(node, "ssh").credentials.hosts[node].public.split()[1]


def test_every_name_and_address_leads_to_its_host_key() -> None:
    known = known_hosts()
    for node in playground().computers:
        for name in (*node.names, *map(str, node.addresses)):
            assert key(node.name) in known[name], name


def test_aliases_are_known_too() -> None:
    known = known_hosts()
    for name in ("smtp.example.com", "smtp"):
        assert known[name] == {key("mail")}
    assert known["maps"] == {key("www")}


def test_an_address_of_two_modems_has_two_keys() -> None:
    known = known_hosts()
    assert known["192.168.1.1"] == known["modem"] == {key("modemA"), key("modemB")}
    assert known["192.168.1.11"] == {key("h1")}


def test_localhost_is_nobodys_so_that_the_list_can_be_everybodys() -> None:
    assert not known_hosts().keys() & {"localhost", "127.0.0.1", "::1"}
    client = text(files()["/etc/ssh/ssh_config.d/netplay.conf"])
    assert "NoHostAuthenticationForLocalhost yes" in client


def test_nodes_differ_by_their_host_key_alone() -> None:
    own = {file.path for file in ssh.SERVICE.files(context("h1", "ssh"))}
    assert own == {ssh.HOST_KEY, f"{ssh.HOST_KEY}.pub"}
    one, other = files("h1"), files("www")
    assert one.keys() == other.keys()
    assert {path for path in one if one[path] != other[path]} == own


def test_the_host_key_is_private() -> None:
    found = files()
    pair = context("www", "ssh").credentials.hosts["www"]
    assert (text(found[ssh.HOST_KEY]), found[ssh.HOST_KEY].mode) == (pair.private, 0o600)
    assert text(found[f"{ssh.HOST_KEY}.pub"]) == pair.public + "\n"


def test_everybody_has_the_key_and_accepts_it() -> None:
    found, user = files(), context("www", "ssh").credentials.user
    for owner, home in (("root", "/root"), ("brandon", "/home/brandon")):
        modes = {
            "": (None, 0o700),
            "/id_ed25519": (user.private, 0o600),
            "/id_ed25519.pub": (user.public + "\n", 0o644),
            "/authorized_keys": (user.public + "\n", 0o600),
        }
        for name, (content, mode) in modes.items():
            file = found[f"{home}/.ssh{name}"]
            assert (file.content, file.mode) == (content, mode)
            assert (file.owner, file.group) == (owner, owner)


def test_root_gets_in_whether_the_topology_names_him_or_not() -> None:
    there = context("www", "ssh")
    without = replace(there.topology, accounts=())
    found = seen(replace(there, topology=without))
    assert "/root/.ssh/authorized_keys" in found
    elsewhere = Account(name="root", password="x", uid=0, home="/elsewhere")
    found = seen(_with_account(there, elsewhere))
    assert "/elsewhere/.ssh/authorized_keys" in found
    assert "/root/.ssh/authorized_keys" not in found


def _with_account(there: Context, account: Account) -> Context:
    return replace(there, topology=replace(there.topology, accounts=(account,)))


def test_the_server_is_set_up_as_the_lessons_need() -> None:
    lines = text(files()["/etc/ssh/sshd_config"]).splitlines()
    settings = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    assert settings["PermitRootLogin"] == "yes"
    assert settings["PasswordAuthentication"] == "yes"
    assert settings["UsePAM"] == "no"
    # One learner's mistakes must not lock out the others behind the same modem.
    assert settings["PerSourcePenalties"] == "no"
    assert settings["Subsystem"] == "sftp internal-sftp"
    assert settings["HostKey"] == ssh.HOST_KEY
    # No particular address: both families.
    assert "ListenAddress" not in settings
    assert "AddressFamily" not in settings


def test_the_client_never_asks() -> None:
    client = text(files()["/etc/ssh/ssh_config.d/netplay.conf"])
    assert "StrictHostKeyChecking accept-new" in client


def test_sshd_is_started_by_its_whole_path_and_stays() -> None:
    there = context("www", "ssh")
    argv = ssh.SERVICE.argv(there)
    assert argv[0] == "/usr/sbin/sshd"
    assert "-D" in argv
    assert "/run/sshd" in files()
    [probe] = ssh.SERVICE.probes(there)
    assert probe.port == 22
