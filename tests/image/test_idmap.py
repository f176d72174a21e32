"""Which ids a lab gets, from planted /etc/subuid files and id maps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netplay.errors import HostError
from netplay.kernel.idmap import HIGH_BASE, Extent, IdMap, Sources, choose, choose_from
from netplay.kernel.inside import run_inside

EVERYTHING = "         0          0 4294967295\n"


def sources(
    uid: int = 1000, subuid: str = "", subgid: str | None = None, uid_map: str = EVERYTHING
) -> Sources:
    return Sources(
        uid=uid,
        gid=uid,
        login="root" if uid == 0 else "ann",
        subuid=subuid,
        subgid=subuid if subgid is None else subgid,
        uid_map=uid_map,
        gid_map=uid_map,
    )


@pytest.mark.parametrize(
    ("case", "given", "expected"),
    [
        ("root, its own range", sources(0, "root:200000:65536\n"), [(0, 200000, 65536)]),
        ("root, by number", sources(0, "0:200000:65536\n"), [(0, 200000, 65536)]),
        ("root, no range", sources(0, "ann:100000:65536\n"), [(0, HIGH_BASE, 65536)]),
        ("root, a range too short", sources(0, "root:200000:1000\n"), [(0, HIGH_BASE, 65536)]),
        (
            "root in a container that lacks its range",
            sources(0, "root:200000:65536\n", uid_map="0 100000 65536\n"),
            [(0, 32768, 32767), (65534, 65535, 1)],
        ),
        (
            "root in a rootless container",
            sources(0, uid_map="0 1000 1\n1 100000 65536\n"),
            [(0, 32769, 32767), (65534, 65536, 1)],
        ),
        (
            "root in a container with many ids",
            sources(0, uid_map="0 1000000 1000000\n"),
            [(0, 934464, 65536)],
        ),
        (
            "user",
            sources(1000, "ann:100000:65536\n"),
            [(0, 1000, 1), (1, 100000, 65535)],
        ),
        (
            "user, by number, among others",
            sources(1000, "bob:100000:65536\n# ann:1:2\n1000:300000:65536\n"),
            [(0, 1000, 1), (1, 300000, 65535)],
        ),
        (
            "user, two short ranges",
            sources(1000, "ann:100000:40000\nann:200000:40000\n"),
            [(0, 1000, 1), (1, 100000, 40000), (40001, 200000, 25535)],
        ),
        (
            "user, few ids: the last is nobody",
            sources(1000, "ann:100000:10000\n"),
            [(0, 1000, 1), (1, 100000, 9999), (65534, 109999, 1)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_choice(case: str, given: Sources, expected: list[tuple[int, int, int]]) -> None:
    chosen = choose_from(given)
    assert [extent.numbers for extent in chosen.uid] == expected
    assert chosen.gid == chosen.uid


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            sources(),
            "user ann has no subordinate ids in /etc/subuid; try: sudo usermod "
            "--add-subuids 100000-165535 --add-subgids 100000-165535 ann",
        ),
        (
            sources(1000, "bob:100000:65536\n"),
            "user ann has no subordinate ids in /etc/subuid; try: sudo usermod "
            "--add-subuids 165536-231071 --add-subgids 165536-231071 ann",
        ),
        (
            sources(1000, "ann:100000:65536\n", ""),
            "user ann has no subordinate ids in /etc/subgid; try: sudo usermod "
            "--add-subuids 165536-231071 --add-subgids 165536-231071 ann",
        ),
        (sources(1000, "ann:x:y\nann:100000\nann\n:::\n"), None),
        (
            sources(0, uid_map="0 1000 1\n"),
            "this container has only 1 uids, too few for the machines of a lab; "
            "give it a range of 65536 or more",
        ),
    ],
)
def test_too_few_ids(given: Sources, sentence: str | None) -> None:
    with pytest.raises(HostError) as caught:
        choose_from(given)
    if sentence is not None:
        assert str(caught.value) == sentence


def test_the_name_of_a_map_is_a_file_name_and_tells_maps_apart() -> None:
    one = choose_from(sources(0))
    other = choose_from(sources(0, "root:200000:65536\n"))
    assert one.name == choose_from(sources(0)).name != other.name
    assert one.root == (HIGH_BASE, HIGH_BASE)
    swapped = IdMap(one.uid, (Extent(0, HIGH_BASE, 65535),))
    assert swapped.name != one.name
    assert "/" not in one.name


@pytest.mark.lab
def test_root_inside_is_root_there_and_somebody_else_outside(open_folder: Path) -> None:
    idmap = choose()
    os.chown(open_folder, *idmap.root)

    def who_am_i() -> int:
        (open_folder / "made").touch()
        return os.getuid() + os.getgid()

    assert run_inside(idmap, who_am_i) == 0
    status = (open_folder / "made").stat()
    assert (status.st_uid, status.st_gid) == idmap.root


@pytest.mark.lab
def test_an_exit_status_comes_out() -> None:
    assert run_inside(choose(), lambda: 7) == 7


@pytest.mark.lab
def test_an_error_inside_comes_out_as_its_sentence() -> None:
    def fail() -> int:
        raise FileNotFoundError(2, "the thing is not there")

    with pytest.raises(HostError, match="the thing is not there"):
        run_inside(choose(), fail)
