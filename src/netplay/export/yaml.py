"""Plain data as YAML that a person would have written: what is short stays on one line."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

_SHORT = 80


def text(data: Any) -> str:
    """*data* as YAML, in its own order."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Puts lists and mappings of words on one line if they fit there."""

        def represent_sequence(
            self, tag: str, sequence: Any, flow_style: bool | None = None
        ) -> yaml.SequenceNode:
            return super().represent_sequence(tag, sequence, _fits(sequence))

        def represent_mapping(
            self, tag: str, mapping: Any, flow_style: bool | None = None
        ) -> yaml.MappingNode:
            return super().represent_mapping(tag, mapping, _fits(mapping))

        def represent_str(self, data: str) -> yaml.ScalarNode:
            style = "|" if "\n" in data else None
            return self.represent_scalar("tag:yaml.org,2002:str", data, style)

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            del indentless  # PyYAML does not indent lists inside mappings; people do
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    Dumper.add_representer(str, Dumper.represent_str)
    dumped: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return dumped


def _fits(data: dict[Hashable, Any] | list[Any]) -> bool:
    return len(str(data)) <= _SHORT
