"""Loads a ruleset into the namespace of the calling thread, through libnftables(3).

One `nft` process costs 21 ms, the library 2 ms. It is loaded once, before the first fork, so
that the nodes' first processes share it.
"""

from __future__ import annotations

import ctypes
from functools import cache


class NftablesError(OSError):
    """The kernel or the parser refused a ruleset; the message is nft's own."""


@cache
def library() -> ctypes.CDLL:
    """libnftables.so.1; OSError if the computer has none."""
    nft = ctypes.CDLL("libnftables.so.1")
    nft.nft_ctx_new.restype = ctypes.c_void_p
    nft.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
    for name in ("nft_ctx_buffer_error", "nft_ctx_get_error_buffer", "nft_ctx_free"):
        getattr(nft, name).argtypes = [ctypes.c_void_p]
    nft.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return nft


def load(ruleset: str) -> None:
    """Applies *ruleset* as one transaction: all of it, or `NftablesError` and nothing."""
    nft = library()
    context = nft.nft_ctx_new(0)
    try:
        nft.nft_ctx_buffer_error(context)
        if nft.nft_run_cmd_from_buffer(context, ruleset.encode()):
            message = nft.nft_ctx_get_error_buffer(context).decode(errors="replace")
            raise NftablesError(message.strip() or "nftables refused the ruleset")
    finally:
        nft.nft_ctx_free(context)
