"""The cache: built once, whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netplay import image
from netplay.errors import ImageError
from netplay.image import cache as image_cache
from netplay.image import unpack, wheels
from netplay.image.contents import recipe_key
from netplay.kernel import idmap

FAKE = Path(__file__).with_name("fake_mmdebstrap").read_text()
RUN_ENSURE = """
import pathlib
from netplay import image
from netplay.image import cache, wheels
cache.SYSTEM_CACHE = pathlib.Path("/nonexistent")
wheels.download = lambda requirements, folder, log: folder.mkdir()
print(image.ensure(lambda text, share: print(text, flush=True)))
"""


@pytest.fixture
def mmdebstrap(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Plants the fake, with a shell line of the test's in it."""
    programs = open_folder / "bin"
    programs.mkdir()

    def plant(line: str = ":") -> None:
        program = programs / "mmdebstrap"
        program.write_text(FAKE.replace("\nFIFO\n", f"\n{line}\n"))
        program.chmod(0o755)

    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(wheels, "download", lambda _lines, folder, _log: folder.mkdir())
    plant()
    return plant


def files(cache: Path) -> set[str]:
    """What is in the cache, without the lock and the log."""
    found = {str(path.relative_to(cache)) for path in cache.glob("*/*")}
    return found | {path.name for path in cache.iterdir() if path.name == "building"}


def start_ensure() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN_ENSURE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if said.strip() == line:
            return
    assert process.stderr is not None
    pytest.fail(f"it never said {line!r}: {process.stderr.read()}")


def await_gone(marker: str) -> None:
    """Waits until no process has *marker* in its command line."""
    deadline = time.monotonic() + 10
    while subprocess.run(["pgrep", "-f", "--", marker], capture_output=True).returncode == 0:
        assert time.monotonic() < deadline, f"a process is still there: {marker}"
        os.sched_yield()


def test_an_image_that_is_there_is_given_at_once(cache: Path) -> None:
    root = cache / "roots" / f"{recipe_key()}-{idmap.choose().name}"
    assert image.present() == ()
    root.mkdir(parents=True)
    assert image.ensure(lambda _text, _share: pytest.fail("something was done")) == root
    assert image.present() == (root,)
    assert image.info()["root"] == str(root)


@pytest.mark.lab
def test_built_and_unpacked_once(cache: Path, mmdebstrap: Callable[[str], None]) -> None:
    told: list[tuple[str, float | None]] = []
    root = image.ensure(lambda text, share: told.append((text, share)))
    assert [text for text, _ in told] == [
        "downloading the lessons' Python libraries",
        "reading Debian's package lists",
        "writing the image",
        "unpacking the root image",
    ]
    shadow = (root / "etc/shadow").stat()
    chosen = idmap.choose()
    assert (shadow.st_uid, stat.S_IMODE(shadow.st_mode)) == (chosen.root[0], 0o4750)
    assert shadow.st_gid not in (0, 42, os.getegid())
    assert (root / "etc/release").read_text() == "trixie\n"
    assert list((root / "dev").iterdir()) == []
    # The build saw neither the computer's name nor its processes
    assert re.search(r"host name: localhost; processes: \d\n", (cache / "build.log").read_text())

    told.clear()
    assert image.ensure(lambda text, share: told.append((text, share))) == root
    assert image.present() == (root,)
    assert told == []
    information = image.info()
    assert (information["key"], information["others"]) == (recipe_key(), [])
    assert Path(str(information["tar"])).stat().st_size == information["tar_bytes"] > 0
    assert {name.partition("/")[0] for name in files(cache)} == {"images", "roots"}

    image.remove()
    assert files(cache) == set()
    assert image.present() == ()


@pytest.mark.lab
def test_a_layer_is_what_comes_to_the_image(cache: Path, mmdebstrap: Callable[[str], None]) -> None:
    layer, root = image.ensure_all(["browser"])
    assert root == image.ensure()
    # It stood on the image, and has only what is new
    assert [str(path.relative_to(layer)) for path in layer.rglob("*")] == ["etc", "etc/added"]
    assert (layer / "etc/added").read_text() == "trixie\n"
    assert (layer / "etc/added").stat().st_uid == idmap.choose().root[0]
    assert not (root / "etc/added").exists()
    assert image.present(["browser"]) == (layer, root)
    assert image.info()["others"] == []

    mmdebstrap("exit 1")
    assert image.ensure_all(["browser"]) == (layer, root)  # not built again
    image_cache._remove_tree(layer)
    assert image.present(["browser"]) == ()
    assert image.ensure_all(["browser"]) == (layer, root)  # from its tar


@pytest.mark.lab
def test_a_layer_that_fails_leaves_the_image(
    cache: Path, mmdebstrap: Callable[[str], None]
) -> None:
    root = image.ensure()
    before = files(cache)
    mmdebstrap("echo 'E: unable to fetch chromium' >&2; exit 25")
    with pytest.raises(ImageError, match="unable to fetch chromium"):
        image.ensure_all(["browser"])
    assert files(cache) == before
    assert image.present() == (root,)


@pytest.mark.lab
def test_an_unpacked_tree_that_is_gone_comes_back_without_a_build(
    cache: Path, mmdebstrap: Callable[[str], None]
) -> None:
    root = image.ensure()
    image_cache._remove_tree(root)
    mmdebstrap("exit 1")
    assert image.ensure() == root


@pytest.mark.lab
def test_what_root_has_built_serves_everybody(
    cache: Path, mmdebstrap: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    image.ensure()
    tar = Path(str(image.info()["tar"]))
    system = image_cache.SYSTEM_CACHE / "images"
    system.mkdir(parents=True)
    tar.rename(system / tar.name)
    image.remove()
    mmdebstrap("exit 1")
    if os.geteuid() == 0:
        image.ensure()
        assert image.info()["tar"] == str(system / tar.name)
        os.chown(system / tar.name, 1, 1)
        image.remove()
    with pytest.raises(ImageError):  # it belongs to somebody who is not root
        image.ensure()


@pytest.mark.lab
def test_a_failed_build_says_why_and_leaves_nothing(
    cache: Path, mmdebstrap: Callable[[str], None]
) -> None:
    mmdebstrap("echo 'E: unable to fetch bash' >&2; exit 25")
    with pytest.raises(ImageError) as caught:
        image.ensure()
    sentence = str(caught.value)
    assert sentence.startswith("the root image could not be built: mmdebstrap left with status 25")
    assert "E: unable to fetch bash" in sentence
    assert str(cache / "build.log") in sentence
    assert files(cache) == set()


@pytest.mark.lab
def test_ctrl_c_leaves_nothing(cache: Path, mmdebstrap: Callable[[str], None]) -> None:
    marker = f"3600.{os.getpid()}"
    mmdebstrap(f"sleep {marker}")

    def interrupt(text: str, _share: float | None) -> None:
        if text.startswith("reading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        image.ensure(interrupt)
    await_gone(marker)
    assert files(cache) == set()
    mmdebstrap(":")
    assert image.ensure().is_dir()


@pytest.mark.lab
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_build_leaves_no_process_and_the_next_one_works(
    cache: Path, mmdebstrap: Callable[[str], None], number: signal.Signals
) -> None:
    marker = f"3600.{os.getpid()}"
    mmdebstrap(f"sleep {marker}")
    with start_ensure() as process:
        read_until(process, "reading Debian's package lists")
        process.send_signal(number)
        process.wait()
    await_gone(marker)
    mmdebstrap(":")
    assert image.ensure().is_dir()
    assert {name.partition("/")[0] for name in files(cache)} == {"images", "roots"}


@pytest.mark.lab
def test_two_at_once_build_once(
    cache: Path, mmdebstrap: Callable[[str], None], open_folder: Path
) -> None:
    gate = open_folder / "gate"
    os.mkfifo(gate, 0o644)
    gate.chmod(0o644)
    mmdebstrap(f"read line <{gate}")
    with start_ensure() as first:
        read_until(first, "reading Debian's package lists")
        with start_ensure() as second:
            read_until(second, "waiting for another netplay that makes the image")
            gate.write_text("go on\n")
            assert first.stdout is not None
            assert second.stdout is not None
            assert first.stdout.read().splitlines()[-1] == second.stdout.read().splitlines()[-1]


@pytest.mark.lab
def test_a_damaged_tar_leaves_nothing(cache: Path, mmdebstrap: Callable[[str], None]) -> None:
    root = image.ensure()
    tar = Path(str(image.info()["tar"]))
    image_cache._remove_tree(root)
    whole = tar.read_bytes()
    tar.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match="could not be unpacked"):
        image.ensure()
    assert not root.exists()
    assert list((cache / "roots").glob("*")) == list((cache / "roots").glob(".*")) == []


@pytest.mark.lab
def test_an_uncompressed_tar_is_unpacked_too(open_folder: Path) -> None:
    tree = open_folder / "tree"
    tree.mkdir()
    (tree / "file").write_text("x")
    tar = open_folder / "image.tar"
    subprocess.run(["tar", "-C", str(tree), "-cf", str(tar), "."], check=True)
    chosen = idmap.choose()
    unpack.unpack(tar, open_folder / "root", chosen)
    assert (open_folder / "root/file").read_text() == "x"
    unpack.remove_tree(open_folder / "root", chosen)
    assert not (open_folder / "root").exists()


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPLAY_CACHE", "/proc/netplay")
    with pytest.raises(ImageError, match=r"cannot be written .* set NETPLAY_CACHE to one that can"):
        image.ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's labs run as nobody")
def test_a_cache_that_root_of_a_lab_cannot_reach(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("NETPLAY_CACHE", str(closed / "cache"))
    with pytest.raises(ImageError, match=f"may not walk through {closed}; set NETPLAY_CACHE"):
        image.ensure()
