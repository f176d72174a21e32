"""The lock of a lab: one at a time, and no file of it stays."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from netplay.errors import NoSuchLab
from netplay.lab.place import Place


def test_one_at_a_time_though_the_file_comes_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPLAY_RUN", str(tmp_path))
    inside: list[int] = []
    most = []

    def enter(number: int) -> None:
        for _ in range(40):
            with Place("contended").locked():
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 320
    assert max(most) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_lab_that_is_up_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPLAY_RUN", str(tmp_path))
    place = Place("up")
    with place.locked():
        place.prepare().close()
    assert {path.name for path in tmp_path.iterdir()} == {"up", ".up.lock"}
    with place.locked():
        place.clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", [None, ""])
def test_a_keeper_that_is_only_starting_has_no_number_yet(
    written: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPLAY_RUN", str(tmp_path))
    place = Place("young")
    place.folder.mkdir()
    if written is not None:
        (place.folder / "keeper.pid").write_text(written)
    with pytest.raises(NoSuchLab, match="only just starting"):
        _ = place.keeper
