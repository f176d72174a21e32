"""Archives from a node that would rather write elsewhere: nothing outside the folder is touched."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay.errors import LabError
from netplay.lab.unpacking import Member, unpack


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    if kind != tarfile.REGTYPE:
        return info, None
    info.size = 4
    return info, io.BytesIO(b"evil")


def symlink(name: str, to: str) -> Member:
    return entry(name, tarfile.SYMTYPE, to)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder to unpack into; what stands around it must not change."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_text("precious")
    (tmp_path / "inside").mkdir()
    yield tmp_path / "inside"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inside", "outside"]
    assert [p.name for p in (tmp_path / "outside").iterdir()] == ["precious"]
    assert (tmp_path / "outside" / "precious").read_text() == "precious"


@pytest.mark.parametrize(
    "members",
    [
        [entry("../outside/evil")],
        [entry("a/../../outside/evil")],
        [entry("/tmp/np-evil")],
        [entry("..")],
        [entry(".")],
        [entry("a/..")],
        [entry("../outside", tarfile.DIRTYPE, mode=0o777)],
        [entry("../outside/link", tarfile.LNKTYPE, "a")],
    ],
    ids=lambda members: members[0][0].name,
)
def test_a_name_that_leads_out_ends_everything(folder: Path, members: list[Member]) -> None:
    with pytest.raises(LabError, match="is outside"):
        unpack(members, str(folder), print)


@pytest.mark.parametrize(
    "link",
    [
        symlink("link", "../outside"),
        symlink("link", "/etc"),
        symlink("deep/link", "../../outside"),
        entry("link", tarfile.LNKTYPE, "../outside/precious"),
        entry("link", tarfile.LNKTYPE, "/etc/passwd"),
        entry("link", tarfile.LNKTYPE, "not-there"),
        entry("link", tarfile.CHRTYPE),
        entry("link", tarfile.FIFOTYPE),
    ],
    ids=lambda member: f"{member[0].name} to {member[0].linkname}",
)
def test_what_leads_out_or_is_a_device_is_left_out(folder: Path, link: Member) -> None:
    notes: list[str] = []
    unpack([link, entry("after")], str(folder), notes.append)
    assert [note.split(":")[0] for note in notes] == [f"left out {link[0].name}"]
    assert (folder / "after").read_text() == "evil"
    assert not os.path.lexists(folder / link[0].name)


def test_a_link_that_is_bent_afterwards_leads_nowhere(folder: Path) -> None:
    """Both links lead inside when they are made; together they lead out."""
    members = [
        symlink("x", "d/e/f/../../.."),
        entry("d/e/", tarfile.DIRTYPE, mode=0o755),
        symlink("d/e/f", "../.."),
        entry("x/outside/evil"),
    ]
    notes: list[str] = []
    with pytest.raises(LabError, match="is outside"):
        unpack(members, str(folder), notes.append)


def test_a_file_is_not_written_through_a_link(folder: Path) -> None:
    """The link was there before: it is the person's own, and leads out."""
    (folder / "mine").symlink_to("../outside/precious")
    unpack([entry("mine")], str(folder), print)
    assert (folder / "mine").read_text() == "evil"
    assert not (folder / "mine").is_symlink()


def test_a_folder_behind_the_person_s_own_link_is_made_anew(folder: Path) -> None:
    (folder / "mine").symlink_to("../outside")
    unpack([entry("mine", tarfile.DIRTYPE, mode=0o755), entry("mine/x")], str(folder), print)
    assert not (folder / "mine").is_symlink()


def test_modes_are_kept_without_the_dangerous_bits(folder: Path) -> None:
    members = [
        entry("locked", tarfile.DIRTYPE, mode=0o555),
        entry("locked/run", mode=0o6755),
        entry("locked/open", mode=0o666),
        symlink("locked/link", "run"),
        entry("second", tarfile.LNKTYPE, "locked/open"),
    ]
    unpack(members, str(folder), print)
    assert (folder / "locked").stat().st_mode & 0o7777 == 0o555
    assert (folder / "locked" / "run").stat().st_mode & 0o7777 == 0o755
    assert (folder / "locked" / "open").stat().st_mode & 0o7777 == 0o666
    assert os.readlink(folder / "locked" / "link") == "run"
    assert (folder / "second").samefile(folder / "locked" / "open")
    (folder / "locked").chmod(0o755)


def test_folders_that_the_archive_does_not_name_are_made(folder: Path) -> None:
    unpack([entry("a/b/c")], str(folder), print)
    assert (folder / "a" / "b" / "c").read_text() == "evil"
