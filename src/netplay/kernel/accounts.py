"""People on a node: /etc/passwd, /etc/shadow and /etc/group, read and extended as text.

getpwnam(3) is of no use here: it would read the computer's files, and inside a node it
would load the image's NSS modules into our own C library.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from functools import cache

from netplay.steps import AddAccount
from netplay.structs import Frozen, Struct

# crypt(5): SHA-512. 1,000 rounds, the least allowed: the password of a lab is no secret,
# and the default of 5,000 would cost 5 ms at every start.
_SETTING = b"$6$rounds=1000$netplay$"


@cache
def _crypt_library() -> ctypes.CDLL:
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    return library


def password_hash(password: str) -> str:
    """*password* as /etc/shadow keeps it (crypt(3))."""
    hashed: bytes | None = _crypt_library().crypt(password.encode(), _SETTING)
    if hashed is None:
        raise OSError(ctypes.get_errno(), "crypt(3) does not know SHA-512")
    return hashed.decode()


def table(path: str) -> list[list[str]]:
    """The lines of a file of fields between colons."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split(":") for line in file if line.strip()]


class User(Frozen):
    """What a process needs to become somebody (credentials(7))."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


def user(name: str, root: str = "") -> User:
    """The account *name* of the file system at *root*; KeyError if there is none."""
    with open(f"{root}/etc/passwd", encoding="utf-8") as file:
        lines = "\n" + file.read()
    # Found as text, not parsed line by line: this is done anew for every program started.
    start = lines.find(f"\n{name}:")
    if start < 0:
        raise KeyError(f"no user called {name!r}")
    _, _, uid, gid, _, home, shell = lines[start + 1 :].partition("\n")[0].split(":")
    with open(f"{root}/etc/group", encoding="utf-8") as file:
        rows = [line.split(":") for line in file if name in line]
    more = (int(row[2]) for row in rows if name in row[3].strip().split(","))
    return User(name, int(uid), int(gid), (int(gid), *more), home, shell)


class Accounts(Struct):
    """The account files of the image, with people added."""

    passwd: list[list[str]]
    shadow: list[list[str]]
    group: list[list[str]]

    @classmethod
    def of(cls, roots: Sequence[str]) -> Accounts:
        """Reads the three files of the image whose layers are at *roots*, topmost first."""
        names = ("passwd", "shadow", "group")
        found = ((f"{root}/etc/{name}" for root in roots) for name in names)
        return cls(*(table(next(filter(os.path.exists, paths))) for paths in found))

    def add(self, step: AddAccount) -> None:
        """Adds one person, or gives an existing one (root) a password."""
        hashed = password_hash(step.password)
        for fields in self.shadow:
            if fields[0] == step.name:
                fields[1] = hashed
                return
        numbers = [step.name, "x", str(step.uid), str(step.uid)]
        self.passwd.append([*numbers, step.name, step.home, step.shell_path])
        self.shadow.append([step.name, hashed, "20000", "0", "99999", "7", "", "", ""])
        self.group.append([step.name, "x", str(step.uid), ""])
        if step.sudo:
            for fields in self.group:
                if fields[0] == "sudo":
                    fields[3] = ",".join(filter(None, [fields[3], step.name]))

    def files(self) -> dict[str, str]:
        """The three files as text, by path."""
        named = {"passwd": self.passwd, "shadow": self.shadow, "group": self.group}
        return {
            f"/etc/{name}": "".join(":".join(fields) + "\n" for fields in rows)
            for name, rows in named.items()
        }

    def uid(self, name: str) -> int:
        """The number of the user *name*."""
        return _number(self.passwd, name, "user")

    def gid(self, name: str) -> int:
        """The number of the group *name*."""
        return _number(self.group, name, "group")


def _number(rows: list[list[str]], name: str, what: str) -> int:
    for fields in rows:
        if fields[0] == name:
            return int(fields[2])
    raise KeyError(f"the image has no {what} called {name!r}")


def become(person: User) -> None:
    """The calling process becomes *person*, for good."""
    os.setgroups(person.groups)
    os.setresgid(person.gid, person.gid, person.gid)
    os.setresuid(person.uid, person.uid, person.uid)
