"""Files written under an overlay: folders keep what the image says of them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from netplay.kernel.accounts import Accounts, password_hash
from netplay.kernel.layer import Layer
from netplay.steps import AddAccount, File

ME, MY_GROUP = os.getuid(), os.getgid()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    (root / "etc/skel").mkdir(parents=True)
    (root / "etc/skel/.profile").write_text("hello\n")
    (root / "root").mkdir(mode=0o700)
    (root / "etc/passwd").write_text(f"root:x:{ME}:{MY_GROUP}:root:/root:/bin/bash\n")
    (root / "etc/shadow").write_text("root:*:1::::::\n")
    (root / "etc/group").write_text(f"root:x:{MY_GROUP}:\nsudo:x:27:\n")
    (root / "bin").symlink_to("usr/bin")
    return root


def layer(image: Path, tmp_path: Path) -> Layer:
    upper = tmp_path / "upper"
    upper.mkdir()
    return Layer(str(upper), [str(image)], Accounts.of([str(image)]))


def test_a_folder_on_the_way_has_the_images_mode(image: Path, tmp_path: Path) -> None:
    layer(image, tmp_path).write(File(path="/root/.ssh/id", content="k", mode=0o600))
    assert stat.S_IMODE((tmp_path / "upper/root").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "upper/root/.ssh").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "upper/root/.ssh/id").stat().st_mode) == 0o600


def test_a_file_behind_a_link_of_the_image_is_refused(image: Path, tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        layer(image, tmp_path).write(File(path="/bin/tool", content="x"))


def test_text_is_added_after_the_images(image: Path, tmp_path: Path) -> None:
    made = layer(image, tmp_path)
    made.append("/etc/passwd", "x\n")
    made.append("/etc/passwd", "y\n")
    assert (tmp_path / "upper/etc/passwd").read_text().endswith("/bin/bash\nx\ny\n")
    assert "x" not in (image / "etc/passwd").read_text().splitlines()


def test_links_folders_and_times(image: Path, tmp_path: Path) -> None:
    made = layer(image, tmp_path)
    made.write(File(path="/a/link", link="/etc/passwd"))
    made.write(File(path="/a/link", link="/etc/group"))
    made.write(File(path="/a/folder", mode=0o1777))
    made.write(File(path="/a/old", content=b"\xff", modified=1000.0))
    upper = tmp_path / "upper/a"
    assert os.readlink(upper / "link") == "/etc/group"
    assert stat.S_IMODE((upper / "folder").stat().st_mode) == 0o1777
    assert (upper / "old").stat().st_mtime == 1000.0


def test_an_unknown_owner_is_named(image: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no user called 'nobody'"):
        layer(image, tmp_path).write(File(path="/x", content="", owner="nobody"))


def person(name: str, uid: int, *, sudo: bool = False) -> AddAccount:
    return AddAccount(
        name=name, password="abc123", uid=uid, home=f"/home/{name}", shell_path="/bin/sh", sudo=sudo
    )


def test_accounts_are_added_and_root_gets_a_password(image: Path) -> None:
    accounts = Accounts.of([str(image)])
    accounts.add(person("root", 0))
    accounts.add(person("brandon", 1000, sudo=True))
    files = accounts.files()
    assert "brandon:x:1000:1000:brandon:/home/brandon:/bin/sh\n" in files["/etc/passwd"]
    assert files["/etc/shadow"].startswith("root:$6$")
    assert "sudo:x:27:brandon\n" in files["/etc/group"]


def test_the_password_is_hashed_as_crypt_says() -> None:
    # Made with `openssl passwd -6 -salt 'rounds=1000$netplay' abc123`.
    assert password_hash("abc123") == (
        "$6$rounds=1000$netplay$MdAS41aZ6MFwTYT.JvcnanzY0TJPW/"
        "EaxpBx5uq9hHxjvEa6gueVTk3.35k88/ggnJnsyeXrLA/MJhUmU8DUz0"
    )
