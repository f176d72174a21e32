"""The root image on disk: built when needed, under the hash of what is in it.

    <cache>/lock                      held while anything below changes
    <cache>/build.log                 of the last build
    <cache>/building/                 a build under way
    <cache>/images/KEY.tar[.zst]      what was built; what root has built, others use too
    <cache>/roots/KEY-MAP/            the same unpacked for one id map; overlays' lower layer

The key of a layer is its image's, the layer's name, and a hash of its packages.

Things appear under their final name by rename only, so what is there is whole. What a killed
build has left is swept by the next one, which alone holds the lock (the kernel releases it
with the process).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from netplay.errors import ImageError
from netplay.image.contents import LAYERS, layer_key, recipe_key
from netplay.kernel import idmap as idmaps
from netplay.paths import cache_directory

TYPE_CHECKING = False  # these cost imports; type checkers know the names
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from netplay.image.build import Progress
    from netplay.kernel.idmap import IdMap

# Root's cache: what root has built serves everybody on the computer.
SYSTEM_CACHE = "/var/cache/netplay"

__all__ = ["ensure", "ensure_all", "found", "info", "present", "remove"]


def ensure(progress: Progress | None = None) -> Path:
    """The directory of the unpacked root image, built and unpacked now if it is not there.

    *progress* is called with what is being done and the share of it, from 0 to 1, or None.
    Raises ImageError (or HostError when namespaces are refused) and then leaves no half image.
    """
    return _ensured(recipe_key(), _build_image, "the root image", progress)


def ensure_all(layers: Sequence[str], progress: Progress | None = None) -> tuple[Path, ...]:
    """The same with *layers* of `contents.LAYERS` over the image; all folders, topmost first."""
    image = ensure(progress)
    return (*(_ensure_layer(name, image, progress) for name in layers), image)


def _ensure_layer(name: str, below: Path, progress: Progress | None) -> Path:
    def build_layer(work: Path, idmap: IdMap, tell: Progress) -> Path:
        from netplay.image.build import build_layer

        return build_layer(work, below, LAYERS[name], idmap, _log(), tell)

    return _ensured(layer_key(name), build_layer, f"the image's layer '{name}'", progress)


def present(layers: Sequence[str] = ()) -> tuple[Path, ...]:
    """What `ensure_all` would give if all of it is there, else nothing; nothing is built."""
    return tuple(map(_path, found(layers)))


def found(layers: Sequence[str] = ()) -> tuple[str, ...]:
    """The same as text, for whoever does without pathlib."""
    idmap = idmaps.choose()
    roots = tuple(_root(key, idmap) for key in (*map(layer_key, layers), recipe_key()))
    return roots if all(map(os.path.isdir, roots)) else ()


def info() -> dict[str, object]:
    """What is in the cache: key, paths, sizes in bytes, and images of other recipes."""
    key = recipe_key()
    roots = present()
    tar = _tar(key)
    return {
        "key": key,
        "cache": cache_directory(),
        "tar": str(tar) if tar else None,
        "tar_bytes": tar.stat().st_size if tar else 0,
        "root": str(roots[0]) if roots else None,
        "others": [path.name for path in _others(key)],
        "log": str(_log()) if _log().is_file() else None,
    }


def remove() -> None:
    """Removes every image of this cache, built or unpacked, and what a killed build has left."""
    if not os.path.isdir(cache_directory()):
        return
    with _lock(lambda _text, _share: None):
        _sweep()
        for root in _children("roots"):
            _remove_tree(root)
        for tar in _children("images"):
            tar.unlink()
        _log().unlink(missing_ok=True)


# Builds in an empty folder and returns the tar of it.
Build: TypeAlias = "Callable[[Path, IdMap, Progress], Path]"


def _ensured(key: str, build: Build, what: str, progress: Progress | None) -> Path:
    """The folder of what *key* stands for, unpacked for this caller's id map."""
    idmap = idmaps.choose()
    root = _path(_root(key, idmap))
    if root.is_dir():
        return root
    tell = progress or (lambda _text, _share: None)
    with _lock(tell):
        if not root.is_dir():
            _sweep()
            tar = _tar(key) or _built(key, build, idmap, tell)
            tell(f"unpacking {what}", None)
            _unpack(tar, root, idmap)
    return root


def _unpack(tar: Path, root: Path, idmap: IdMap) -> None:
    from netplay.image.unpack import unpack

    try:
        unpack(tar, root, idmap)
    except BaseException:
        _sweep()
        raise


def _build_image(work: Path, idmap: IdMap, tell: Progress) -> Path:
    from netplay.image.build import build

    return build(work, idmap, _log(), tell)


def _built(key: str, build: Build, idmap: IdMap, tell: Progress) -> Path:
    work = _cache() / "building"
    work.mkdir(mode=0o755)
    try:
        built = build(work, idmap, tell)
        if os.geteuid() == 0:
            os.chown(built, 0, 0)  # else it belongs to an id that nobody has
        tar = _cache() / "images" / (key + "".join(built.suffixes))
        built.rename(tar)
    finally:
        _remove_tree(work)
    # An older recipe's tar is of no use; its unpacked tree may still be under a running lab.
    for old in _others(recipe_key()):
        if old.parent.name == "images":
            old.unlink()
    return tar


def _sweep() -> None:
    """Removes what a killed build or unpacking has left; the lock is held."""
    for left in (_cache() / "building", *_children("roots", ".half-*")):
        if left.is_dir():
            _remove_tree(left)


def _remove_tree(tree: Path) -> None:
    from netplay.image.unpack import remove_tree

    remove_tree(tree, idmaps.choose())


@contextmanager
def _lock(tell: Progress) -> Iterator[None]:
    cache = _cache()
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


def _root(key: str, idmap: IdMap) -> str:
    return f"{cache_directory()}/roots/{key}-{idmap.name}"


def _tar(key: str) -> Path | None:
    """The tar of that recipe, of this cache or of root's (and root's own: it could be anybody's
    if NETPLAY_CACHE once pointed there)."""
    for tar in _children("images", f"{key}.tar*"):
        return tar
    for tar in sorted(_path(SYSTEM_CACHE, "images").glob(f"{key}.tar*")):
        if tar.stat().st_uid == 0 and os.access(tar, os.R_OK):
            return tar
    return None


def _others(key: str) -> list[Path]:
    """Images of other recipes or id maps, which only `remove` clears away."""
    every = (*_children("images"), *_children("roots", "[!.]*"))
    return [path for path in every if not path.name.startswith(key)]


def _log() -> Path:
    return _cache() / "build.log"


def _children(folder: str, pattern: str = "*") -> list[Path]:
    return sorted((_cache() / folder).glob(pattern))


def _cache() -> Path:
    return _path(cache_directory())


def _path(*parts: str) -> Path:
    from pathlib import Path  # whoever starts a lab with the image there does without it

    return Path(*parts)
