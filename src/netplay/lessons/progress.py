"""How far a learner has come: one small file in the state directory.

{"02-udp": {"opened": "2026-11-22", "played": ["udp_remote"], "done": false}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """One chapter's."""

    opened: str = ""
    played: tuple[str, ...] = ()
    done: bool = False


def state_file() -> Path:
    """XDG Base Directory Specification: $XDG_STATE_HOME, else ~/.local/state."""
    chosen = os.environ.get("XDG_STATE_HOME", "")
    base = Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "state"
    return base / "netplay" / "lessons.json"


def progress() -> Mapping[str, Progress]:
    """By the chapter's name; a file that cannot be read is as good as none."""
    return {
        name: Progress(
            str(words.get("opened", "")),
            tuple(map(str, words.get("played", ()))),
            bool(words.get("done", False)),
        )
        for name, words in _read().items()
        if isinstance(words, dict)
    }


def opened(chapter: str) -> None:
    """The learner reads *chapter*."""
    words = _read()
    words.setdefault(chapter, {}).setdefault("opened", date.today().isoformat())
    _write(words)


def played(chapter: str, transcript: str) -> None:
    """The learner has played a transcript."""
    words = _read()
    names = words.setdefault(chapter, {}).setdefault("played", [])
    if transcript not in names:
        names.append(transcript)
    _write(words)


def done(chapter: str, yes: bool = True) -> None:
    """The learner has finished with *chapter*, or not."""
    words = _read()
    words.setdefault(chapter, {})["done"] = yes
    _write(words)


def _read() -> dict[str, Any]:
    try:
        words = json.loads(state_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return words if isinstance(words, dict) else {}


def _write(words: Mapping[str, Any]) -> None:
    file = state_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".new")
    half.write_text(json.dumps(words, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    half.replace(file)
