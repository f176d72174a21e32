"""What concerns the whole lab: zones, DNS records, accounts, image layers, pools of addresses.

It stands in one place, ``topology.defaults.config.vars.netplay.lab``: the only free-form mapping
that containerlab's schema allows and that belongs to no single node.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from ipaddress import ip_network

from netplay.compiler import words
from netplay.compiler.cells import At, Cell
from netplay.compiler.nodes import netplay_of
from netplay.compiler.raw import LabConfig
from netplay.model import IMAGE_LAYERS, Account, Network

POOLS = {"ipv4": ip_network("10.0.0.0/8"), "ipv6": ip_network("2001:db8::/32")}
LAB_KEYS = ("zones", "records", "accounts", "layers", "ipv4", "ipv6")
_ACCOUNT_KEYS = ("password", "uid", "home", "shell", "sudo")
_FIRST_UID = 1000  # login.defs(5): UID_MIN


def parse_lab(cell: Cell | None) -> LabConfig:
    """The settings of the lab, or their defaults."""
    entries = cell.mapping(LAB_KEYS) if cell else {}
    lab = LabConfig()
    if "zones" in entries:
        lab.zones = entries["zones"].all_parsed(_zone)
    if "records" in entries:
        lab.records = entries["records"].all_parsed(words.record)
    if "accounts" in entries:
        lab.accounts = _accounts(entries["accounts"])
    if "layers" in entries:
        found = (item.word(IMAGE_LAYERS, "layer") for item in entries["layers"].items())
        lab.layers = tuple(dict.fromkeys(layer for layer in found if layer is not None))
    lab.ipv4 = _pool(entries.get("ipv4"), "ipv4")
    lab.ipv6 = _pool(entries.get("ipv6"), "ipv6")
    return lab


def _zone(text: str) -> str:
    return text if text == "." else words.host_name(text.rstrip(".")).lower()


def _pool(cell: Cell | None, family: str) -> Network | None:
    if cell is None:
        return POOLS[family]
    if cell.data == "none":
        return None
    at = cell.parsed(words.network)
    version = POOLS[family].version
    # A segment is a /24 or a /64: a pool has room for at least one.
    longest = 24 if version == 4 else 64
    if at is not None and (at.value.version != version or at.value.prefixlen > longest):
        cell.refuse(f"'{at.value}' is not an IPv{version} network of at least a /{longest}")
    return at.value if at is not None else POOLS[family]


def _accounts(cell: Cell) -> tuple[At[Account], ...]:
    """The accounts; who was given no uid takes the next free one, from 1000 on."""
    entries = cell.mapping()
    given = {n: c.data.get("uid") for n, c in entries.items() if isinstance(c.data, dict)}
    free = (uid for uid in itertools.count(_FIRST_UID) if uid not in given.values())
    found: dict[int, At[Account]] = {}
    for name, entry in entries.items():
        account = _account(name, entry, free)
        if account is not None:
            at = found.setdefault(account.uid, At(account, entry.where))
            if at.value is not account:
                entry.refuse(f"the account '{at.value.name}' has the uid {account.uid} too")
    return tuple(found.values())


def _account(name: str, cell: Cell, free: Iterator[int]) -> Account | None:
    entries = cell.mapping(_ACCOUNT_KEYS)
    if not isinstance(cell.data, dict) or "password" not in entries:
        cell.refuse(f"the account '{name}' needs a password, as in '{{password: abc123}}'")
        return None
    texts = {key: entries[key].text() for key in ("password", "home", "shell") if key in entries}
    root = name == "root"
    uid = entries["uid"].integer() if "uid" in entries else 0 if root else None
    return Account(
        name=name,
        password=texts.get("password") or "",
        uid=next(free) if uid is None else uid,
        home=texts.get("home") or ("/root" if root else f"/home/{name}"),
        shell=texts.get("shell") or "/bin/bash",
        sudo="sudo" in entries and entries["sudo"].flag(),
    )


def lab_cell(defaults: Cell | None) -> Cell | None:
    """The cell of the ``lab`` mapping under ``defaults``, if it is there."""
    node = defaults.mapping() if defaults else {}
    config = node["config"].mapping() if "config" in node else {}
    return netplay_of(config.get("vars")).get("lab")
