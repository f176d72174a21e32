"""The root image: Debian, shared by all nodes of all labs as the lower layer of their file systems.

``ensure`` gives the directory and builds it when needed; the rest of the package says what is
in it (``contents``), how it is built (``build``, ``sources``, ``wheels``) and where it lies
(``cache``, ``unpack``).
"""

from __future__ import annotations

from netplay.image.cache import ensure, info, present, remove

__all__ = ["ensure", "info", "present", "remove"]
