"""Keys and certificates: what is in them, who trusts them, and how they are kept."""

from __future__ import annotations

import base64
import json
import ssl
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_ssh_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from netplay import playground
from netplay.credentials import DAY, credentials
from netplay.errors import HostError
from netplay.model import Record
from netplay.services.naming import names_leading_to
from netplay.services.service import Certificate, Credentials
from tests.services.contexts import with_node

PLAYGROUND = playground()
WWW = PLAYGROUND["www"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(PLAYGROUND, tmp_path_factory.mktemp("cache"))


# ---------------------------------------------------------------- who trusts whom


def files_of(certificate: Certificate, folder: Path) -> tuple[Path, Path]:
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_text(certificate.chain)
    key.write_text(certificate.key)
    return chain, key


def client_context(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority)
    # On by default since Python 3.13.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    return context


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """Both sides of TLS in memory, until the client is content or says why not."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (one, other) * 3:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    one.do_handshake()
    other.do_handshake()


def meets(
    certificate: Certificate, name: str, authority: str, folder: Path, *, capath: bool = False
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files_of(certificate, folder))
    client = ssl.create_default_context(capath=authority) if capath else client_context(authority)
    handshake(client, server, name)


@pytest.mark.parametrize(
    "name",
    ["www.example.com", "www", "maps.example.com", "maps", "10.130.1.4", "2001:db8:130:1::4"],
)
def test_a_strict_client_trusts_www_under_all_its_names(
    made: Credentials, tmp_path: Path, name: str
) -> None:
    meets(made.nodes["www"], name, made.authority.chain, tmp_path)


def test_a_strict_client_does_not_take_www_for_another(made: Credentials, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'mail\.example\.com'"):
        meets(made.nodes["www"], "mail.example.com", made.authority.chain, tmp_path)


def test_every_computer_has_a_certificate_and_a_host_key(made: Credentials) -> None:
    computers = [node.name for node in PLAYGROUND.computers]
    assert list(made.nodes) == computers
    assert list(made.hosts) == computers
    assert len({key.private for key in made.hosts.values()}) == len(computers)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_trusts_localhost(made: Credentials, tmp_path: Path, name: str) -> None:
    meets(made.extra["localhost"], name, made.authority.chain, tmp_path)


@pytest.mark.parametrize(
    ("purpose", "name", "reason"),
    [
        ("expired", "localhost", "certificate has expired"),
        ("expired", "expired.example.com", "certificate has expired"),
        ("selfsigned", "localhost", "self.signed certificate"),
        ("selfsigned", "selfsigned.example.com", "self.signed certificate"),
        ("otherca", "localhost", "unable to get local issuer"),
        ("otherca", "otherca.example.com", "unable to get local issuer"),
        ("wrong", "localhost", "not valid for 'localhost'"),
        ("wrong", "wrong.example.com", "not valid for 'wrong.example.com'"),
    ],
)
def test_a_bad_certificate_is_refused_for_its_one_fault(
    made: Credentials, tmp_path: Path, purpose: str, name: str, reason: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        meets(made.extra[purpose], name, made.authority.chain, tmp_path)


def test_without_the_authority_nothing_is_trusted(made: Credentials, tmp_path: Path) -> None:
    stranger = made.extra["selfsigned"].chain
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        meets(made.nodes["www"], "www", stranger, tmp_path)


def test_openssl_finds_the_authority_by_its_hash(made: Credentials, tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / f"{made.authority_hash}.0").write_text(made.authority.chain)
    meets(made.nodes["www"], "www", str(folder), tmp_path, capath=True)
    (folder / f"{made.authority_hash}.0").rename(folder / "00000000.0")
    with pytest.raises(ssl.SSLCertVerificationError):
        meets(made.nodes["www"], "www", str(folder), tmp_path, capath=True)


def test_a_client_shows_the_client_certificate(made: Credentials, tmp_path: Path) -> None:
    def server(folder: Path) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=made.authority.chain)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_cert_chain(*files_of(made.nodes["www"], folder))
        return context

    client = client_context(made.authority.chain)
    client.load_cert_chain(*files_of(made.extra["client"], tmp_path))
    handshake(client, server(tmp_path), "www")
    # A server's certificate is not good for a client.
    client = client_context(made.authority.chain)
    client.load_cert_chain(*files_of(made.nodes["mail"], tmp_path))
    with pytest.raises(ssl.SSLError):
        handshake(client, server(tmp_path), "www")


# ---------------------------------------------------------------- what is in them


def test_a_node_certificate_has_all_names_and_no_long_life(made: Credentials) -> None:
    certificate = x509.load_pem_x509_certificate(made.nodes["mail"].chain.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {
        *("mail.example.com", "mail", "smtp.example.com", "smtp")
    }
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == [
        str(address) for address in PLAYGROUND["mail"].addresses
    ]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life.days <= 826


def test_the_authority_may_sign_leaves_only(made: Credentials) -> None:
    certificate = x509.load_pem_x509_certificate(made.authority.chain.encode())
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert basic.value.ca
    assert basic.value.path_length == 0
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign


def test_ssh_keys_are_pairs_that_name_no_machine(made: Credentials) -> None:
    for pair in (made.user, *made.hosts.values()):
        private = load_ssh_private_key(pair.private.encode(), None)
        public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        assert pair.public == f"{public.decode()} netplay"
        assert public.startswith(b"ssh-ed25519 ")


def test_the_mail_key_is_rsa_2048(made: Credentials) -> None:
    public = load_der_public_key(base64.b64decode(made.dkim.public))
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048


# ---------------------------------------------------------------- how they are kept


def kept_files(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (cache / "credentials").iterdir()}


def test_the_second_time_everything_is_the_same_and_nothing_is_written(tmp_path: Path) -> None:
    first = credentials(PLAYGROUND, tmp_path)
    before = kept_files(tmp_path)
    assert credentials(PLAYGROUND, tmp_path) == first
    assert kept_files(tmp_path) == before


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    # A folder that is there already, and open to all, is closed.
    (tmp_path / "credentials").mkdir(mode=0o755)
    credentials(PLAYGROUND, tmp_path)
    folder = tmp_path / "credentials"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_warm_start_is_quick_and_imports_no_cryptography(tmp_path: Path) -> None:
    credentials(PLAYGROUND, tmp_path)
    code = """if True:
        import sys, time, pathlib
        from netplay import playground
        from netplay.credentials import credentials
        topology, cache, times = playground(), pathlib.Path(sys.argv[1]), []
        for _ in range(5):
            start = time.perf_counter()
            credentials(topology, cache)
            times.append(time.perf_counter() - start)
        print("cryptography" in sys.modules, min(times))
    """
    command = [sys.executable, "-c", code, str(tmp_path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert out[0] == "False"
    assert float(out[1]) < 0.01  # 0.6 ms where it was measured


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = """if True:
        import sys, hashlib, pathlib
        from netplay import playground
        from netplay.credentials import credentials
        print(hashlib.sha256(repr(credentials(playground(), pathlib.Path(sys.argv[1]))).encode())
              .hexdigest())
    """
    command = [sys.executable, "-c", code, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate()[0] for process in started}
    assert len(said) == 1
    assert len(said.pop()) == 65


SPOILT = [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"authority": 1, "hosts": 2}']


@pytest.mark.parametrize("content", SPOILT)
def test_a_spoilt_lab_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    first = credentials(PLAYGROUND, tmp_path)
    [file] = (tmp_path / "credentials").glob("lab-*.json")
    file.write_bytes(content)
    second = credentials(PLAYGROUND, tmp_path)
    assert second.authority == first.authority
    assert second.hosts.keys() == first.hosts.keys()
    assert credentials(PLAYGROUND, tmp_path) == second


@pytest.mark.parametrize("content", SPOILT)
def test_a_spoilt_base_file_is_made_anew_and_host_keys_stay(tmp_path: Path, content: bytes) -> None:
    first = credentials(PLAYGROUND, tmp_path)
    (tmp_path / "credentials" / "base.json").write_bytes(content)
    second = credentials(PLAYGROUND, tmp_path)
    assert second.authority != first.authority
    assert second.nodes["www"] != first.nodes["www"]
    assert second.hosts == first.hosts
    meets(second.nodes["www"], "www", second.authority.chain, tmp_path)


@pytest.mark.parametrize("key", ["authority", "authority_hash", "user", "dkim", "ends"])
def test_a_base_file_that_lacks_something_is_made_anew(tmp_path: Path, key: str) -> None:
    credentials(PLAYGROUND, tmp_path)
    file = tmp_path / "credentials" / "base.json"
    value = json.loads(file.read_bytes())
    del value[key]
    file.write_text(json.dumps(value))
    credentials(PLAYGROUND, tmp_path)
    assert key in json.loads(file.read_bytes())


def test_what_a_crash_left_behind_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "base.json.new").write_text("{half" * 100_000)
    first = credentials(PLAYGROUND, tmp_path)
    assert credentials(PLAYGROUND, tmp_path) == first
    assert not list((tmp_path / "credentials").glob("*.new"))


def test_a_new_name_changes_one_certificate_and_no_host_key(tmp_path: Path) -> None:
    first = credentials(PLAYGROUND, tmp_path)
    alias = Record(name="shop.example.com", type="CNAME", value="www.example.com.")
    more = replace(PLAYGROUND, records=(*PLAYGROUND.records, alias))
    second = credentials(more, tmp_path)
    changed = {name for name in first.nodes if first.nodes[name] != second.nodes[name]}
    assert changed == {"www"}
    assert second.extra == first.extra
    assert second.hosts == first.hosts
    meets(second.nodes["www"], "shop.example.com", second.authority.chain, tmp_path)


def test_labs_share_the_authority_and_nothing_else(tmp_path: Path) -> None:
    one = credentials(PLAYGROUND, tmp_path)
    two = credentials(replace(PLAYGROUND, name="../other lab"), tmp_path)
    assert (two.authority, two.user, two.dkim) == (one.authority, one.user, one.dkim)
    assert not {key.private for key in one.hosts.values()} & {
        key.private for key in two.hosts.values()
    }
    assert credentials(PLAYGROUND, tmp_path) == one


def test_certificates_near_their_end_are_made_anew(tmp_path: Path) -> None:
    first = credentials(PLAYGROUND, tmp_path)
    later = time.time() + 790 * DAY
    assert credentials(PLAYGROUND, tmp_path, now=later) == first
    second = credentials(PLAYGROUND, tmp_path, now=later + 10 * DAY)
    assert second.nodes["www"] != first.nodes["www"]
    assert second.extra["localhost"] != first.extra["localhost"]
    assert second.authority == first.authority
    assert second.hosts == first.hosts


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    now = time.time()
    first = credentials(PLAYGROUND, tmp_path, now=now)
    for years in (10, 17.6, 19.9, 40):
        kept = credentials(PLAYGROUND, tmp_path, now=now + years * 365 * DAY)
        authority, leaf = (
            x509.load_pem_x509_certificate(certificate.chain.encode())
            for certificate in (kept.authority, kept.nodes["www"])
        )
        assert leaf.not_valid_after_utc <= authority.not_valid_after_utc
        assert authority.not_valid_before_utc <= leaf.not_valid_before_utc
    assert kept.authority != first.authority


def test_a_cache_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(HostError, match=r"file/credentials: the lab's keys cannot be kept here"):
        credentials(PLAYGROUND, file)


# ---------------------------------------------------------------- names


def test_names_lead_through_aliases_of_aliases() -> None:
    records = (
        Record(name="b.example.com", type="CNAME", value="a.example.com."),
        Record(name="a.example.com", type="CNAME", value="www.example.com."),
        Record(name="apex.test", type="A", value="10.130.1.4"),
        Record(name="six.test", type="AAAA", value="2001:db8:130:1::4"),
        Record(name="no.example.com", type="CNAME", value="mail.example.com."),
        Record(name="no2.example.com", type="TXT", value="10.130.1.4"),
    )
    topology = replace(PLAYGROUND, records=records)
    assert names_leading_to(topology, WWW) == (
        *("www.example.com", "www"),
        *("a.example.com", "a", "apex.test", "six.test", "b.example.com", "b"),
    )


def test_a_loop_of_aliases_ends() -> None:
    records = (
        Record(name="a.test", type="CNAME", value="b.test."),
        Record(name="b.test", type="CNAME", value="a.test."),
    )
    assert names_leading_to(replace(PLAYGROUND, records=records), WWW) == WWW.names


def test_a_node_without_addresses_or_zone_has_its_names(tmp_path: Path) -> None:
    bare = with_node(PLAYGROUND, replace(WWW, interfaces=(), hostname="bare"))
    topology = replace(bare, zones=(), records=())
    assert names_leading_to(topology, topology["www"]) == ("bare", "www")
    made = credentials(topology, tmp_path)
    meets(made.nodes["www"], "bare", made.authority.chain, tmp_path)
