"""The root image on disk: built when needed, under the hash of what is in it.

    <cache>/lock                      held while anything below changes
    <cache>/build.log                 of the last build
    <cache>/building/                 a build under way
    <cache>/images/KEY.tar[.zst]      what was built; what root has built, others use too
    <cache>/roots/KEY-MAP/            the same unpacked for one id map; overlays' lower layer

Things appear under their final name by rename only, so what is there is whole. What a killed
build has left is swept by the next one, which alone holds the lock (the kernel releases it
with the process).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from netplay.errors import ImageError
from netplay.image.contents import recipe_key
from netplay.kernel import idmap as idmaps
from netplay.paths import cache_directory

if TYPE_CHECKING:
    from netplay.image.build import Progress
    from netplay.kernel.idmap import IdMap

# Root's cache: what root has built serves everybody on the computer.
SYSTEM_CACHE = Path("/var/cache/netplay")

__all__ = ["ensure", "info", "present", "remove"]


def ensure(progress: Progress | None = None) -> Path:
    """The directory of the unpacked root image, built and unpacked now if it is not there.

    *progress* is called with what is being done and the share of it, from 0 to 1, or None.
    Raises ImageError (or HostError when namespaces are refused) and then leaves no half image.
    """
    idmap = idmaps.choose()
    root = _root(idmap)
    if root.is_dir():
        return root
    tell = progress or (lambda _text, _share: None)
    with _lock(tell):
        if not root.is_dir():
            _make(root, idmap, tell)
    return root


def present() -> Path | None:
    """The directory of the unpacked root image if it is there; nothing is built."""
    root = _root(idmaps.choose())
    return root if root.is_dir() else None


def info() -> dict[str, object]:
    """What is in the cache: key, paths, sizes in bytes, and images of other recipes."""
    key = recipe_key()
    root = present()
    tar = _tar(key)
    return {
        "key": key,
        "cache": str(cache_directory()),
        "tar": str(tar) if tar else None,
        "tar_bytes": tar.stat().st_size if tar else 0,
        "root": str(root) if root else None,
        "others": [path.name for path in _others(key)],
        "log": str(_log()) if _log().is_file() else None,
    }


def remove() -> None:
    """Removes every image of this cache, built or unpacked, and what a killed build has left."""
    if not cache_directory().is_dir():
        return
    with _lock(lambda _text, _share: None):
        _sweep()
        for root in _children("roots"):
            _remove_tree(root)
        for tar in _children("images"):
            tar.unlink()
        _log().unlink(missing_ok=True)


def _make(root: Path, idmap: IdMap, tell: Progress) -> None:
    from netplay.image.unpack import unpack

    _sweep()
    tar = _tar(recipe_key()) or _build(recipe_key(), idmap, tell)
    tell("unpacking the root image", None)
    try:
        unpack(tar, root, idmap)
    except BaseException:
        _sweep()
        raise


def _build(key: str, idmap: IdMap, tell: Progress) -> Path:
    from netplay.image.build import build

    work = cache_directory() / "building"
    work.mkdir(mode=0o755)
    try:
        built = build(work, idmap, _log(), tell)
        if os.geteuid() == 0:
            os.chown(built, 0, 0)  # else it belongs to an id that nobody has
        tar = cache_directory() / "images" / (key + "".join(built.suffixes))
        built.rename(tar)
    finally:
        _remove_tree(work)
    # An older recipe's tar is of no use; its unpacked tree may still be under a running lab.
    for old in _children("images"):
        if old != tar:
            old.unlink()
    return tar


def _sweep() -> None:
    """Removes what a killed build or unpacking has left; the lock is held."""
    for left in (cache_directory() / "building", *_children("roots", ".half-*")):
        if left.is_dir():
            _remove_tree(left)


def _remove_tree(tree: Path) -> None:
    from netplay.image.unpack import remove_tree

    remove_tree(tree, idmaps.choose())


@contextmanager
def _lock(tell: Progress) -> Iterator[None]:
    cache = cache_directory()
    try:
        for folder in (cache, cache / "images", cache / "roots"):
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                folder.chmod(0o755)  # whatever the umask: see _check_reachable
        descriptor = os.open(cache / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ImageError(
            f"the cache directory {cache} cannot be written ({error.strerror}); "
            "set NETPLAY_CACHE to one that can"
        ) from error
    try:
        _check_reachable(cache)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another netplay that makes the image", None)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_reachable(cache: Path) -> None:
    """Root's labs run under an id that has no rights here: it must be able to walk to the cache."""
    if os.geteuid() != 0:
        return
    for folder in (cache, *cache.parents):
        if not folder.stat().st_mode & 0o001:
            raise ImageError(
                f"root of a lab is nobody on this computer and may not walk through {folder}; "
                "set NETPLAY_CACHE to a directory that others may enter"
            )


def _root(idmap: IdMap) -> Path:
    return cache_directory() / "roots" / f"{recipe_key()}-{idmap.name}"


def _tar(key: str) -> Path | None:
    """The tar of that recipe, of this cache or of root's (and root's own: it could be anybody's
    if NETPLAY_CACHE once pointed there)."""
    for tar in _children("images", f"{key}.tar*"):
        return tar
    for tar in sorted((SYSTEM_CACHE / "images").glob(f"{key}.tar*")):
        if tar.stat().st_uid == 0 and os.access(tar, os.R_OK):
            return tar
    return None


def _others(key: str) -> list[Path]:
    """Images of other recipes or id maps, which only `remove` clears away."""
    every = (*_children("images"), *_children("roots", "[!.]*"))
    return [path for path in every if not path.name.startswith(key)]


def _log() -> Path:
    return cache_directory() / "build.log"


def _children(folder: str, pattern: str = "*") -> list[Path]:
    return sorted((cache_directory() / folder).glob(pattern))
