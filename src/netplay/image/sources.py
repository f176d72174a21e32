"""The computer's own Debian mirror, rewritten to the image's release.

An address written into the project would be wrong somewhere: schools have mirrors, offices
have proxies. Where the computer is a Debian, its own sources say where Debian is to be had;
elsewhere mmdebstrap's default does. Both formats of sources.list(5) are read, one-line and
deb822; what is written is deb822. A source counts as Debian's own when its suite is one of the
computer's release, it has the component main, and it is signed by Debian's archive key or by
none of its own (other vendors' repositories name their key).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Source", "machine_sources", "parse", "rewritten"]

_ROLLING = frozenset({"stable", "testing", "unstable", "sid", "oldstable"})
# What follows the name; "buster/updates" was the security suite before Debian 11.
_KINDS = {"": "", "-updates": "-updates", "-security": "-security", "/updates": "-security"}
_KEPT_OPTIONS = ("Signed-By", "Trusted", "Check-Valid-Until", "Check-Date")


@dataclass(frozen=True, slots=True)
class Source:
    """One stanza: where, which suites and components, and its options by deb822 name."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: Mapping[str, str]


def machine_sources(release: str, root: Path = Path("/")) -> str | None:
    """deb822 text for *release* from the files under *root*; None where it is no Debian."""
    identity = _os_release(root / "etc/os-release")
    if identity.get("ID") != "debian":
        return None
    apt = root / "etc/apt"
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found = [
        source
        for file in files
        if file.is_file() and file.suffix in (".list", ".sources")
        for source in parse(file.read_text(encoding="utf-8", errors="replace"), file.suffix)
    ]
    return rewritten(found, identity.get("VERSION_CODENAME", ""), release)


def parse(text: str, suffix: str) -> list[Source]:
    """The binary package sources of a file; *suffix* is ``.list`` or ``.sources``."""
    return list(_one_line(text) if suffix == ".list" else _deb822(text))


def rewritten(sources: Iterable[Source], codename: str, release: str) -> str | None:
    """deb822 text with Debian's own *sources* moved to *release*; None if there are none."""
    stanzas: list[str] = []
    all_suites: set[str] = set()
    for source in sources:
        suites = _new_suites(source.suites, codename, release)
        if not suites or not _is_debian(source):
            continue
        lines = ["Types: deb", f"URIs: {' '.join(source.uris)}", f"Suites: {' '.join(suites)}"]
        lines.append("Components: main")
        lines += [f"{k}: {source.options[k]}" for k in _KEPT_OPTIONS if k in source.options]
        stanza = "\n".join(lines) + "\n"
        if stanza not in stanzas:
            stanzas.append(stanza)
        all_suites.update(suites)
    return "\n".join(stanzas) if release in all_suites else None


def _new_suites(suites: Iterable[str], codename: str, release: str) -> list[str]:
    """The suites of the release that stand for *suites*; backports and others have none."""
    new = []
    for suite in suites:
        base = re.split("[-/]", suite)[0]
        kind = suite.rstrip("/").removeprefix(base)
        if (base == codename or base in _ROLLING) and kind in _KINDS:
            new.append(release + _KINDS[kind])
    return list(dict.fromkeys(new))


def _is_debian(source: Source) -> bool:
    key = source.options.get("Signed-By", "debian-archive")
    reachable = not any(uri.startswith("cdrom:") for uri in source.uris)
    return "main" in source.components and "debian-archive" in key and reachable


def _one_line(text: str) -> Iterator[Source]:
    """sources.list(5): ``deb [ option=value … ] uri suite component…``."""
    pattern = re.compile(r"deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)")
    for line in text.splitlines():
        match = pattern.fullmatch(line.partition("#")[0].strip())
        if match is None:
            continue
        pairs = (word.partition("=") for word in (match[1] or "").split())
        options = {key.title(): value for key, _, value in pairs}
        yield Source((match[2],), (match[3],), tuple(match[4].split()), options)


def _deb822(text: str) -> Iterator[Source]:
    """deb822(5): fields in stanzas; a line that starts with # is a comment wherever it is."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n[ \t]*\n", "\n".join(lines).strip()):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in " \t":
                fields[name] = f"{fields.get(name, '')}\n{line.strip()}"
            else:
                name, _, value = line.partition(":")
                name = name.strip().title()
                fields[name] = value.strip()
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            yield Source(
                tuple(fields.pop("Uris", "").split()),
                tuple(fields.pop("Suites", "").split()),
                tuple(fields.pop("Components", "").split()),
                fields,
            )


def _os_release(path: Path) -> dict[str, str]:
    """os-release(5): shell assignments without expansion."""
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {key.strip(): value.strip().strip("\"'") for key, _, value in lines}
