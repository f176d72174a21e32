"""Cutting into packets: the ethtool(8) switches ``tx`` and ``tso`` of one interface.

An interface without them gets single packets with complete checksums: the kernel cuts and sums on
the way in (net/core/dev.c, validate_xmit_skb). Without checksums the kernel drops nearly all
kinds of segmentation by itself (netdev_fix_features), ``tso`` the rest.
"""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct

_SIOCETHTOOL = 0x8946
_ETHTOOL_STXCSUM, _ETHTOOL_STSO = 0x17, 0x1F  # linux/ethtool.h


def set_offload(interface: str, *, on: bool) -> None:
    """Has *interface* take whole pieces as they come (*on*), or single packets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for command in (_ETHTOOL_STXCSUM, _ETHTOOL_STSO):
            value = ctypes.create_string_buffer(struct.pack("II", command, on), 8)
            # struct ifreq: a name and, for this request, a pointer
            request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
            fcntl.ioctl(asking, _SIOCETHTOOL, request)
