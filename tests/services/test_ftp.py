"""FTP: the server's settings, and the tree that everybody may read."""

from __future__ import annotations

import gzip
import time
from pathlib import PurePosixPath

import pytest

from netplay.services import ftp, ftp_tree
from netplay.services.service import File
from tests.services.contexts import by_path, context, text


@pytest.fixture(scope="module")
def tree() -> dict[str, File]:
    return {
        path.removeprefix(ftp_tree.ROOT): file for path, file in by_path(ftp_tree.files()).items()
    }


def entries(tree: dict[str, File], folder: str) -> list[str]:
    return sorted(
        p.name for path in tree if path and str((p := PurePosixPath(path)).parent) == folder
    )


def settings() -> dict[str, str]:
    config = text(by_path(ftp.SERVICE.files(context("ftp", "ftp")))["/etc/vsftpd.conf"])
    pairs = [line.split("=") for line in config.splitlines()]
    # vsftpd.conf(5): no blanks around '='.
    assert all(
        len(pair) == 2 and not any(set(word) & {" ", "\t"} for word in pair[:1]) for pair in pairs
    )
    assert all(value == value.strip() for _, value in pairs)
    return dict(pairs)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("background", "NO"),
        ("seccomp_sandbox", "NO"),  # else every request is reset
        ("listen_ipv6", "YES"),
        ("listen", "NO"),  # vsftpd.conf(5): the two exclude each other
        ("anonymous_enable", "YES"),
        ("anon_root", "/srv/ftp"),
        ("local_enable", "YES"),
        ("write_enable", "YES"),
        ("ssl_enable", "YES"),
        ("allow_anon_ssl", "YES"),
        ("force_local_logins_ssl", "NO"),  # plain FTP stays possible: see it on the wire
        ("force_local_data_ssl", "NO"),
        ("require_ssl_reuse", "NO"),  # ftplib does not reuse sessions
        ("ssl_ciphers", "HIGH"),  # the default cannot serve an ECDSA certificate
        ("connect_from_port_20", "YES"),
    ],
)
def test_the_server_is_set_up_as_the_lessons_need(key: str, value: str) -> None:
    assert settings()[key] == value


def test_strangers_can_write_nothing() -> None:
    given = settings()
    for key in ("anon_upload_enable", "anon_mkdir_write_enable", "anon_other_write_enable"):
        assert key not in given  # the default is NO


def test_uploads_are_for_their_owner_only() -> None:
    assert "local_umask" not in settings()  # the default is 077


def test_the_certificate_is_the_nodes_own_and_its_key_is_private() -> None:
    there = context("ftp", "ftp")
    found, given = by_path(ftp.SERVICE.files(there)), settings()
    own = there.credentials.nodes["ftp"]
    assert text(found[given["rsa_cert_file"]]) == own.chain
    key = found[given["rsa_private_key_file"]]
    assert (text(key), key.mode) == (own.key, 0o600)


def test_the_empty_folder_is_there_and_can_be_entered() -> None:
    found = by_path(ftp.SERVICE.files(context("ftp", "ftp")))
    folder = found[settings()["secure_chroot_dir"]]
    assert (folder.content, folder.mode) == (None, 0o755)


# ---------------------------------------------------------------- the tree


def test_a_folder_has_exactly_thirteen_entries(tree: dict[str, File]) -> None:
    assert len(entries(tree, "/pub/astronomy")) == 13


def test_the_atlas_has_five_folders(tree: dict[str, File]) -> None:
    folders = [path for path, file in tree.items() if file.content is None]
    assert sorted(path for path in folders if path.startswith("/pub/maps")) == [
        "/pub/maps",
        "/pub/maps/earth",
        "/pub/maps/earth/coasts",
        "/pub/maps/moon",
        "/pub/maps/sky",
    ]


def test_the_readme_says_what_there_is(tree: dict[str, File]) -> None:
    readme = tree["/README"].content
    assert isinstance(readme, bytes)
    for folder in entries(tree, "/pub"):
        assert f"pub/{folder}".encode() in readme


def test_the_index_lists_its_folder(tree: dict[str, File]) -> None:
    index = tree["/pub/astronomy/INDEX"].content
    assert isinstance(index, bytes)
    listed = [line.split()[0].decode() for line in index.splitlines()]
    assert listed == [e for e in entries(tree, "/pub/astronomy") if e not in ("INDEX", "README")]


def test_texts_are_ascii_with_unix_line_ends(tree: dict[str, File]) -> None:
    for path, file in tree.items():
        if isinstance(file.content, bytes) and not path.endswith((".fits", ".gz")):
            lines = file.content.decode("ascii").splitlines(keepends=True)
            assert all(line.endswith("\n") and "\r" not in line for line in lines), path


def test_tables_have_as_many_cells_as_columns(tree: dict[str, File]) -> None:
    tables = [file.content for path, file in tree.items() if path.endswith(".csv")]
    for table in tables:
        assert isinstance(table, bytes)
        assert len({line.count(b",") for line in table.splitlines()}) == 1


def test_the_patch_is_small_and_compressed(tree: dict[str, File]) -> None:
    packed = tree["/pub/software/patch8.gz"].content
    assert isinstance(packed, bytes)
    assert len(packed) < 2000
    assert gzip.decompress(packed).startswith(b"--- orrery-7/orrery.py")
    # RFC 1952 §2.3: neither a name nor a time, so the bytes are always the same.
    assert packed[3:8] == bytes(5)


def test_the_picture_is_large_and_a_picture(tree: dict[str, File]) -> None:
    picture = tree["/pub/astronomy/dark-frame.fits"].content
    assert isinstance(picture, bytes)
    assert len(picture) > 1_048_576
    assert len(picture) % 2880 == 0  # FITS standard 4.0 §3.1
    header = picture[:2880].decode("ascii")
    cards = [header[start : start + 80].rstrip() for start in range(0, 2880, 80)]
    assert cards[0] == "SIMPLE  =                    T"
    assert cards[cards.index("END") + 1 :] == [""] * (36 - cards.index("END") - 1)
    width, height = (
        int(card[10:30]) for card in cards if card.startswith("NAXIS") and card[5] != " "
    )
    pixels = picture[2880 : 2880 + width * height]
    assert not any(picture[2880 + width * height :])
    assert 19.9 < sum(pixels) / len(pixels) < 20.1


def test_the_tree_is_the_same_every_time_and_quick() -> None:
    start = time.perf_counter()
    first = tuple(ftp_tree.files())
    assert time.perf_counter() - start < 0.2  # 5 ms where it was measured
    assert tuple(ftp_tree.files()) == first


def test_folders_come_after_their_content_and_can_be_entered() -> None:
    seen: set[str] = set()
    for file in ftp_tree.files():
        assert str(PurePosixPath(file.path).parent) not in seen, "its time would change"
        seen.add(file.path)
        assert file.mode == (0o755 if file.content is None else 0o644)
        assert file.modified == ftp_tree.MODIFIED


def test_strangers_cannot_write_to_the_tree() -> None:
    for file in ftp_tree.files():
        assert (file.owner, file.group, file.mode & 0o022) == ("root", "root", 0)
