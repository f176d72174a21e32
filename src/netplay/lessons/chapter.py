"""A chapter: a folder with README.md, programs, and chapter.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from netplay.errors import LessonError, suggestion
from netplay.lab.planning import lessons
from netplay.lessons.masks import SHARED, Masks
from netplay.lessons.parse import parse
from netplay.lessons.plan import Plan, plan
from netplay.lessons.transcript import Page
from netplay.loading import load
from netplay.model import IMAGE_LAYERS, ServiceUse, Topology
from netplay.playground import playground

_FOLDER = re.compile(r"^(?P<number>\d\d)-(?P<name>[a-z0-9-]+)$")
_KEYS = ("title", "teaches", "deadline", "masks", "unmasked", "services", "topology", "layers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What chapter.toml says; `page` reads the README."""

    folder: Path
    number: int
    title: str
    teaches: str
    deadline: float
    masks: Masks
    services: Mapping[str, tuple[str, ...]]
    topology_file: Path | None
    layers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name, as ``02-udp``."""
        return self.folder.name

    @property
    def on_nodes(self) -> str:
        """Where every machine sees the folder."""
        return f"/lessons/{self.name}"

    @property
    def readme(self) -> Path:
        """The page."""
        return self.folder / "README.md"

    @property
    def text(self) -> str:
        """The page's Markdown."""
        try:
            return self.readme.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise LessonError(f"{self.folder}: a chapter needs a README.md") from None

    @property
    def programs(self) -> tuple[Path, ...]:
        """Its Python programs."""
        return tuple(sorted(self.folder.glob("*.py")))

    def topology(self) -> Topology:
        """The chapter's own network, else the playground; with the services it asks for."""
        file = self.topology_file
        network = load(file) if file else playground()
        nodes = {node.name: node for node in network.nodes}
        for name, services in self.services.items():
            if name not in nodes:
                where = self.folder / "chapter.toml"
                raise LessonError(
                    f"{where}: services: no machine is called '{name}'" + suggestion(name, nodes)
                )
            uses = tuple(ServiceUse(name=service) for service in services)
            nodes[name] = replace(nodes[name], services=(*nodes[name].services, *uses))
        layers = tuple(dict.fromkeys((*network.layers, *self.layers)))
        return replace(network, nodes=tuple(nodes.values()), layers=layers)

    def page(self) -> Page:
        """The README, parsed; LessonError with every mistake."""
        machines = [node.name for node in self.topology().computers]
        return parse(self.text, str(self.readme), machines)

    def plan(self, page: Page) -> Plan:
        """Who continues whom."""
        return plan(page.transcripts, str(self.readme))


def chapter(folder: Path) -> Chapter:
    """The chapter in *folder*. Raises LessonError if chapter.toml is not as it should be."""
    found = _FOLDER.match(folder.name)
    if found is None:
        raise LessonError(f"{folder}: a chapter's folder is called like 02-udp")
    file = folder / "chapter.toml"
    try:
        words = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LessonError(f"{file} is missing: it has the chapter's title") from None
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{file}: {error}") from None
    for key in words:
        if key not in _KEYS:
            raise LessonError(f"{file}: no key is called '{key}'" + suggestion(key, _KEYS))
    own = words.get("topology")
    return Chapter(
        folder=folder,
        number=int(found["number"]),
        title=_text(words, "title", file),
        teaches=_text(words, "teaches", file),
        deadline=float(words.get("deadline", 20.0)),
        masks=_masks(words, file),
        services=MappingProxyType(
            {name: tuple(services) for name, services in words.get("services", {}).items()}
        ),
        topology_file=folder / own if own else None,
        layers=_layers(words, file),
    )


def folders(root: Path | None = None) -> list[Path]:
    """The folders of all chapters, in order."""
    root = root or lessons()
    if not root.is_dir():
        return []
    return sorted(one for one in root.iterdir() if _FOLDER.match(one.name) and one.is_dir())


def chapters(root: Path | None = None) -> list[Chapter]:
    """All chapters, in order."""
    return [chapter(folder) for folder in folders(root)]


def find(word: str, root: Path | None = None) -> Chapter:
    """The chapter that *word* means: a number, a name, or a path."""
    path = Path(word)
    if "/" in word or path.joinpath("README.md").is_file():
        return chapter((path.parent if path.is_file() else path).resolve())
    for folder in folders(root):
        number, _, name = folder.name.partition("-")
        if word in (folder.name, name) or (word.isdigit() and int(word) == int(number)):
            return chapter(folder)
    known = [folder.name for folder in folders(root)]
    raise LessonError(f"no chapter is called '{word}'" + suggestion(word, known))


def _text(words: Mapping[str, object], key: str, file: Path) -> str:
    value = words.get(key)
    if not isinstance(value, str) or not value.strip():
        raise LessonError(f"{file}: '{key}' is missing: one sentence, in quotes")
    return value


def _layers(words: Mapping[str, object], file: Path) -> tuple[str, ...]:
    asked = words.get("layers", [])
    if not isinstance(asked, list):
        raise LessonError(f"{file}: 'layers' is a list of names")
    for name in asked:
        if name not in IMAGE_LAYERS:
            raise LessonError(
                f"{file}: no layer is called '{name}'" + suggestion(str(name), IMAGE_LAYERS)
            )
    return tuple(asked)


def _masks(words: Mapping[str, object], file: Path) -> Masks:
    own = words.get("masks", {})
    without = words.get("unmasked", [])
    if not isinstance(own, dict) or not isinstance(without, list):
        raise LessonError(f"{file}: 'masks' is a table of patterns, 'unmasked' a list of names")
    for name in without:
        if name not in SHARED:
            raise LessonError(
                f"{file}: no shared mask is called '{name}'" + suggestion(name, SHARED)
            )
    found = {}
    for name, pattern in own.items():
        try:
            found[name] = re.compile(pattern)
        except (re.error, TypeError) as error:
            raise LessonError(f"{file}: the mask '{name}' is no pattern: {error}") from None
    # A chapter's own come first: they know more than the shared ones.
    found |= {name: pattern for name, pattern in SHARED.items() if name not in without}
    return MappingProxyType(found)
