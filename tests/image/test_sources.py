"""The computer's package sources, rewritten: formats that were seen on real machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from netplay.image.sources import machine_sources, parse, rewritten

DEB822 = """\
Types: deb deb-src
# http://an-older-mirror.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

ONE_LINE = """\
#deb cdrom:[Debian 12]/ bookworm main
deb http://mirror.example/debian bookworm main contrib  # ours
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg check-valid-until=no] \
http://mirror.example/debian bookworm-updates main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security buster/updates main
"""


def test_deb822_keeps_the_mirror_and_its_key_and_moves_the_suites() -> None:
    assert rewritten(parse(DEB822, ".sources"), "bookworm", "trixie") == (
        "Types: deb\n"
        "URIs: http://mirror.example/debian\n"
        "Suites: trixie trixie-updates\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "\n"
        "Types: deb\n"
        "URIs: http://mirror.example/debian-security\n"
        "Suites: trixie-security\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )


def test_one_line_format_with_options_and_comments() -> None:
    text = rewritten(parse(ONE_LINE, ".list"), "bookworm", "trixie")
    assert text == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
        "\n"
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie-updates\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\nCheck-Valid-Until: no\n"
    )


def test_security_of_debian_10() -> None:
    text = rewritten(parse(ONE_LINE, ".list"), "buster", "trixie")
    assert text is None  # security alone is no release
    both = ONE_LINE + "deb http://mirror.example/debian buster main\n"
    assert "Suites: trixie-security\n" in (
        rewritten(parse(both, ".list"), "buster", "trixie") or ""
    )


@pytest.mark.parametrize("suite", ["sid", "testing", "stable", "trixie"])
def test_rolling_suites_and_the_release_itself(suite: str) -> None:
    sources = parse(f"deb http://mirror.example/debian {suite} main", ".list")
    assert "Suites: trixie\n" in (rewritten(sources, "trixie", "trixie") or "")


@pytest.mark.parametrize(
    "line",
    [
        "deb http://vendor.example/apt bookworm stable",  # no component main
        "deb http://vendor.example/apt cloud-bookworm main",  # no suite of Debian's
        "deb [signed-by=/etc/apt/keyrings/vendor.asc] http://vendor.example/deb bookworm main",
        "deb cdrom:[Debian-12]/ bookworm main",
        "deb http://vendor.example/apt ./",
        "# deb http://mirror.example/debian bookworm main",
        "deb",
        "",
    ],
)
def test_other_peoples_repositories_are_left_out(line: str) -> None:
    assert rewritten(parse(line, ".list"), "bookworm", "trixie") is None


def test_disabled_and_source_only_stanzas_are_left_out() -> None:
    disabled = DEB822.replace("Types: deb deb-src", "Enabled: no\nTypes: deb")
    assert rewritten(parse(disabled, ".sources"), "bookworm", "trixie") is None
    only_sources = DEB822.replace("Types: deb deb-src", "Types: deb-src")
    assert rewritten(parse(only_sources, ".sources"), "bookworm", "trixie") is None


def test_an_embedded_key_is_not_debians() -> None:
    stanza = (
        "Types: deb\nURIs: http://vendor.example/debian\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n"
        " -----END PGP PUBLIC KEY BLOCK-----\n"
    )
    assert parse(stanza, ".sources")[0].options["Signed-By"].startswith("\n-----BEGIN PGP")
    assert rewritten(parse(stanza, ".sources"), "bookworm", "trixie") is None


@pytest.mark.parametrize("cut", range(0, len(DEB822), 7))
def test_a_file_that_ends_anywhere_does_not_break_the_parser(cut: int) -> None:
    parse(DEB822[:cut], ".sources")
    parse(ONE_LINE[: cut % len(ONE_LINE)], ".list")


def _machine(root: Path, os_release: str) -> Path:
    (root / "etc/apt/sources.list.d").mkdir(parents=True)
    (root / "etc/os-release").write_text(os_release)
    (root / "etc/apt/sources.list.d/debian.sources").write_text(DEB822)
    (root / "etc/apt/sources.list.d/debian.sources.bak").write_text("not read")
    return root


def test_a_debian_machine(tmp_path: Path) -> None:
    debian = _machine(tmp_path, 'ID=debian\nVERSION_CODENAME="bookworm"\n')
    assert "Suites: trixie trixie-updates\n" in (machine_sources("trixie", debian) or "")


@pytest.mark.parametrize("os_release", ["ID=ubuntu\nID_LIKE=debian\n", "ID=fedora\n", ""])
def test_elsewhere_mmdebstraps_default_is_used(tmp_path: Path, os_release: str) -> None:
    assert machine_sources("trixie", _machine(tmp_path, os_release)) is None


def test_a_machine_without_os_release(tmp_path: Path) -> None:
    assert machine_sources("trixie", tmp_path) is None
