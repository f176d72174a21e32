"""The root image: Debian, shared by all nodes of all labs as the lower layer of their file systems.

``ensure`` gives the directory and builds it when needed, ``ensure_all`` the same with
parts over it that only some networks want (a browser). The rest of the package
says what is in it (``contents``), how it is built (``build``, ``sources``, ``wheels``) and
where it lies (``cache``, ``unpack``).
"""

from __future__ import annotations

from netplay.image.cache import ensure, ensure_all, found, info, present, remove

__all__ = ["ensure", "ensure_all", "found", "info", "present", "remove"]
