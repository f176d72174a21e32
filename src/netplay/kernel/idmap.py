"""The shifted id map: who root on a node is to the computer.

A node's root must not be the computer's root, not even when root starts the lab: with an
identity map (0 to 0) a node was seen to write the computer's global sysctls; with a shifted
one the same write is refused. So every lab lives in a user namespace in which

* started by root, 0... are ids of the computer that nobody has: root's own range of
  /etc/subuid, else 65,536 ids at a high base, else what a container's small map can spare;
* started by anyone else, 0 is that user and 1... are the user's subordinate ids.

Only a process outside the namespace may write its map: root by itself, anyone else through
the set-uid helpers newuidmap(1) and newgidmap(1), which check /etc/subuid and /etc/subgid.
``choose`` is pure but for reading those files; ``write`` acts on one process.
"""

from __future__ import annotations

import os
import pwd
import re
import zlib
from collections.abc import Sequence

from netplay.errors import HostError
from netplay.structs import Frozen

__all__ = ["Extent", "IdMap", "Sources", "choose", "choose_from", "write"]

SIZE = 65536  # Debian's ids go from 0 (root) to 65534 (nobody)
NOBODY = 65534
ENOUGH = 2000  # system ids and the first ordinary users; below that daemons cannot run

# Above every id that systemd hands to users and containers (it ends at 1,879,048,191) and
# below 2^31, where programs that hold an id in a signed int go wrong.
HIGH_BASE = 0x7F000000


class Extent(Frozen):
    """A line of /proc/PID/uid_map: *length* ids from *inside* on are *outside* on outside."""

    inside: int
    outside: int
    length: int

    @property
    def numbers(self) -> tuple[int, int, int]:
        """The three, as newuidmap(1) and the file want them."""
        return self.inside, self.outside, self.length


class IdMap(Frozen):
    """The extents for users and for groups, in rising order of ``inside``."""

    uid: tuple[Extent, ...]
    gid: tuple[Extent, ...]

    @property
    def root(self) -> tuple[int, int]:
        """The uid and gid that root of the namespace has outside."""
        return self.uid[0].outside, self.gid[0].outside

    @property
    def name(self) -> str:
        """A short file name that differs for maps that differ."""
        numbers = repr([extent.numbers for extent in (*self.uid, *self.gid)])
        return f"{self.root[0]}-{zlib.crc32(numbers.encode()):08x}"


class Sources(Frozen):
    """What ``choose`` looks at, as text, so that tests can plant it."""

    uid: int
    gid: int
    login: str
    subuid: str
    subgid: str
    uid_map: str
    gid_map: str


def choose() -> IdMap:
    """The map for a lab of the calling user; raises HostError when there are no ids for it."""
    uid = os.geteuid()
    return choose_from(
        Sources(
            uid=uid,
            gid=os.getegid(),
            login=_login(uid),
            subuid=_text("/etc/subuid"),
            subgid=_text("/etc/subgid"),
            uid_map=_text("/proc/self/uid_map"),
            gid_map=_text("/proc/self/gid_map"),
        )
    )


def choose_from(sources: Sources) -> IdMap:
    """The same from given texts; pure."""
    if sources.uid == 0:
        return IdMap(
            _for_root(_subordinate(sources.subuid, "root", 0), _available(sources.uid_map), "uid"),
            _for_root(_subordinate(sources.subgid, "root", 0), _available(sources.gid_map), "gid"),
        )
    return IdMap(
        _for_user(sources, sources.uid, "/etc/subuid", sources.subuid),
        _for_user(sources, sources.gid, "/etc/subgid", sources.subgid),
    )


def write(pid: int, idmap: IdMap) -> None:
    """Gives the user namespace that *pid* has just entered its map.

    The caller must be outside that namespace. Raises HostError with the helper's own words.
    """
    if os.geteuid() == 0:
        _write_file(pid, "uid_map", idmap.uid)
        _write_file(pid, "gid_map", idmap.gid)
    else:
        _run_helper("newuidmap", pid, idmap.uid)
        _run_helper("newgidmap", pid, idmap.gid)


def _for_root(
    own: Sequence[tuple[int, int]], available: Sequence[tuple[int, int]], kind: str
) -> tuple[Extent, ...]:
    for start, count in own:
        if count >= SIZE and _fits(start, SIZE, available):
            return (Extent(0, start, SIZE),)
    if _fits(HIGH_BASE, SIZE, available):
        return (Extent(0, HIGH_BASE, SIZE),)
    start, count = max(available, key=lambda piece: piece[1], default=(0, 0))
    # In a container with few ids: the upper half, for the lower one is in use.
    spare = min(SIZE, count // 2)
    if spare < ENOUGH:
        raise HostError(
            f"this container has only {count} {kind}s, too few for the machines of a lab; "
            "give it a range of 65536 or more"
        )
    return _laid_out(0, [(start + count - spare, spare)])


def _for_user(sources: Sources, own: int, path: str, text: str) -> tuple[Extent, ...]:
    ranges = _subordinate(text, sources.login, sources.uid)
    if sum(count for _, count in ranges) < ENOUGH:
        free = _free_range(sources)
        raise HostError(
            f"user {sources.login} has no subordinate ids in {path}; try: sudo usermod "
            f"--add-subuids {free} --add-subgids {free} {sources.login}"
        )
    return (Extent(0, own, 1), *_laid_out(1, ranges))


def _free_range(sources: Sources) -> str:
    """``first-last`` of ids that no line of either file gives away, as usermod(8) takes it."""
    given = re.findall(r"^[^:#]+:(\d+):(\d+)\s*$", sources.subuid + "\n" + sources.subgid, re.M)
    start = max([100_000, *(int(first) + int(count) for first, count in given)])
    return f"{start}-{start + SIZE - 1}"


def _laid_out(first: int, ranges: Sequence[tuple[int, int]]) -> tuple[Extent, ...]:
    """*ranges* of outside ids as extents from the inside id *first* to 65535 at most.

    When they do not reach that far, the last id becomes nobody: files are owned by it.
    """
    extents: list[Extent] = []
    inside = first
    for start, length in ranges:
        count = min(length, SIZE - inside)
        if count > 0:
            extents.append(Extent(inside, start, count))
            inside += count
    if inside <= NOBODY:
        last = extents.pop()
        if last.length > 1:
            extents.append(last.replaced(length=last.length - 1))
        extents.append(Extent(NOBODY, last.outside + last.length - 1, 1))
    return tuple(extents)


def _subordinate(text: str, login: str, uid: int) -> list[tuple[int, int]]:
    """The (start, count) of a user's lines; subuid(5): ``login-or-uid:start:count``."""
    found = []
    for line in text.splitlines():
        name, _, numbers = line.strip().partition(":")
        start, _, count = numbers.partition(":")
        if name in (login, str(uid)) and start.isdecimal() and count.isdecimal():
            found.append((int(start), int(count)))
    return found


def _available(map_text: str) -> list[tuple[int, int]]:
    """The ids that exist in this namespace; user_namespaces(7): ``inside outside count``."""
    return [(int(words[0]), int(words[2])) for words in map(str.split, map_text.splitlines())]


def _fits(start: int, count: int, available: Sequence[tuple[int, int]]) -> bool:
    return any(low <= start and start + count <= low + size for low, size in available)


def _write_file(pid: int, name: str, extents: Sequence[Extent]) -> None:
    text = "".join("{} {} {}\n".format(*extent.numbers) for extent in extents)
    try:
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())  # user_namespaces(7): one write, once
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(
            f"this computer refuses the {name} of a new user namespace ({error.strerror}); "
            "root needs CAP_SETUID and CAP_SETGID for it"
        ) from error


def _run_helper(program: str, pid: int, extents: Sequence[Extent]) -> None:
    argv = [program, str(pid), *(str(number) for extent in extents for number in extent.numbers)]
    reading, writing = os.pipe()
    try:
        child = os.posix_spawnp(
            program, argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 2)]
        )
    except FileNotFoundError:
        os.close(reading)
        raise HostError(
            f"the program {program} is missing; try: sudo apt-get install uidmap"
        ) from None
    finally:
        os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace").strip()
    _, status = os.waitpid(child, 0)
    if status:
        raise HostError(f"{program} refused the id map: {said or 'it said nothing'}")


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a uid without an account, as containers run them
        return str(uid)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
