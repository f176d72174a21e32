"""Files put straight into a layer of an overlay file system, before it is mounted.

Writing through the mounted overlay would copy each replaced file up from the image first (0.1 ms
and more a file). Written into the upper layer while nothing is mounted, a file just
lies over the image's. The price: folders on the way must be given the mode and owner that
they have below, because the upper folder's are the ones that count (overlayfs.rst, "Directories").
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from netplay.kernel.accounts import Accounts
from netplay.steps import AddAccount, File
from netplay.structs import Struct, field


class Layer(Struct):
    """A folder that becomes one layer; ``below`` are the layers under it, topmost first."""

    root: str
    below: Sequence[str]
    accounts: Accounts
    _made: set[str] = field(default_factory=lambda: {""})

    def write(self, file: File) -> None:
        """Puts *file* into the layer; what was at its path in this layer is replaced."""
        self._parents(file.path.rpartition("/")[0])
        path = self.root + file.path
        if file.link is not None:
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink(file.link, path)
            return
        uid, gid = self.accounts.uid(file.owner), self.accounts.gid(file.group)
        if file.content is None:
            os.makedirs(path, exist_ok=True)
            self._made.add(file.path)
        else:
            data = file.content.encode() if isinstance(file.content, str) else file.content
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
        # chown first: it clears the set-id bits that chmod may be asked to set.
        if uid or gid:
            os.chown(path, uid, gid)
        os.chmod(path, file.mode)
        if file.modified is not None:
            os.utime(path, (file.modified, file.modified))

    def read(self, path: str) -> bytes:
        """The file as a node would see it: from this layer, else from those below."""
        for root in (self.root, *self.below):
            try:
                with open(root + path, "rb") as file:
                    return file.read()
            except FileNotFoundError:
                continue
        raise FileNotFoundError(f"the image has no {path}")

    def replace(self, path: str, content: str) -> None:
        """Puts new text in the place of a file of the layers below, keeping mode and owner."""
        status = self._status(path)
        if status is None:
            raise FileNotFoundError(f"the image has no {path}")
        self._parents(path.rpartition("/")[0])
        with open(self.root + path, "wb") as file:
            file.write(content.encode())
        os.chown(self.root + path, status.st_uid, status.st_gid)
        os.chmod(self.root + path, stat.S_IMODE(status.st_mode))

    def append(self, path: str, content: str) -> None:
        """Adds text to a file of the layers below, keeping mode and owner."""
        self.replace(path, self.read(path).decode() + content)

    def make_home(self, account: AddAccount) -> None:
        """A home folder with the files of /etc/skel, as useradd(8) makes it; root has one."""
        if account.uid == 0:
            return
        self._parents(account.home.rpartition("/")[0])
        home = self.root + account.home
        os.mkdir(home)
        for root in self.below:
            if os.path.isdir(f"{root}/etc/skel"):
                for entry in os.scandir(f"{root}/etc/skel"):
                    with open(entry.path, "rb") as old, open(f"{home}/{entry.name}", "wb") as new:
                        new.write(old.read())
                    os.chown(f"{home}/{entry.name}", account.uid, account.uid)
        os.chown(home, account.uid, account.uid)
        os.chmod(home, 0o755)

    def _parents(self, folder: str) -> None:
        if folder in self._made:
            return
        self._parents(folder.rpartition("/")[0])
        self._made.add(folder)
        try:
            os.mkdir(self.root + folder)
        except FileExistsError:
            return
        status = self._status(folder)
        if status is None:
            os.chmod(self.root + folder, 0o755)
            return
        if stat.S_ISLNK(status.st_mode):
            # /bin and /lib are links into /usr: a folder of that name would hide it.
            os.rmdir(self.root + folder)
            raise NotADirectoryError(f"{folder} is a symbolic link in the image: write behind it")
        os.chown(self.root + folder, status.st_uid, status.st_gid)
        os.chmod(self.root + folder, stat.S_IMODE(status.st_mode))

    def _status(self, path: str) -> os.stat_result | None:
        for root in self.below:
            try:
                return os.lstat(root + path)
            except FileNotFoundError:
                continue
        return None
