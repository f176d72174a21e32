"""Text → plain data, with the place of every value kept for the messages.

PyYAML's loaders lose line numbers and silently keep the last of two equal keys. So the text is
only *composed* (C parser where there is one), and the graph of nodes is turned into plain data
here. Places cost nothing until one is asked for: `Document.place` walks the graph again.

Scalars follow YAML 1.2 as Go's parser does for containerlab, not YAML 1.1 as PyYAML does:
``no`` and ``on`` are words, and ``2222:22`` is a port mapping, not 133342 seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from netplay.errors import Problem, TopologyError
from netplay.structs import Frozen

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import TypeAlias

    import yaml

Path: TypeAlias = tuple[str | int, ...]
Data: TypeAlias = "dict[str, Data] | list[Data] | str | int | bool | None"

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Only canonical decimals: 0644, 1_000 and 1.10 stay as they were typed.
_INTEGER = r"-?(0|[1-9][0-9]*)"
# ${NAME}, ${NAME:-default}, ${NAME:=default}; $${ stands for a literal ${.
_VARIABLE = r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?)[-=]([^}]*))?\}"


class Document(Frozen):
    """Plain data and where it came from; ``file`` is None for data made in Python."""

    data: Data
    file: str | None = None
    root: yaml.Node | None = None

    def value(self, path: Path) -> Data:
        """What is at *path*; None if nothing is."""
        data = self.data
        for step in path:
            if isinstance(data, dict):
                data = data.get(str(step))
            elif isinstance(data, list) and isinstance(step, int) and step < len(data):
                data = data[step]
            else:
                return None
        return data

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int] | None:
        """Line and column (from 1) of the value at *path*, or of its key; None if unknown."""
        if self.root is None:
            return None
        mark = self.root.start_mark
        node: yaml.Node | None = self.root
        for step in path:
            found = _child(node, step) if node is not None else None
            if found is None:
                break
            name, node = found
            # An empty value (`h1:`) has no extent of its own: its key is what a person sees.
            mark = (name if key or _is_empty(node) else node).start_mark
        return mark.line + 1, mark.column + 1


def read_text(text: str, file: str, environment: Mapping[str, str]) -> Document:
    """The document that *text* holds; TopologyError if it is not YAML or has equal keys."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = substitute(text, file, environment)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise TopologyError([_syntax_problem(error, file, text)]) from None
    except yaml.YAMLError as error:
        raise TopologyError([Problem("", f"this is not YAML: {error}", file=file)]) from None
    if root is None:
        raise TopologyError([Problem("", "the file is empty", file=file)])
    problems: list[Problem] = []
    data = _Conversion(problems, file, _hint(text)).convert(root, ())
    if problems:
        raise TopologyError(problems)
    return Document(data, file, root)


def substitute(text: str, file: str, environment: Mapping[str, str]) -> str:
    """*text* with every ``${NAME}`` replaced, as containerlab does before it parses."""
    if "${" not in text:
        return text
    problems: list[Problem] = []
    lines = [
        line
        if line.lstrip().startswith("#")
        else re.sub(_VARIABLE, _replacer(number, file, environment, problems), line)
        for number, line in enumerate(text.split("\n"), start=1)
    ]
    if problems:
        raise TopologyError(problems)
    return "\n".join(lines)


def escape(text: str) -> str:
    """*text* such that `substitute` gives it back."""
    return re.sub(_VARIABLE, lambda match: f"${match.group()}", text)


def _replacer(
    line: int, file: str, environment: Mapping[str, str], problems: list[Problem]
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        escaped, name, colon, default = match.groups()
        if escaped:
            return match.group()[1:]
        # As in sh(1): with the colon an empty value counts as none.
        value = environment.get(name)
        if value is None or (colon and not value):
            value = default
        if value is None:
            message = f"the environment has no {name}; give it a default: ${{{name}:-…}}"
            column = match.start() + 1
            problems.append(Problem("", message, file=file, line=line, column=column))
            return ""
        return value

    return replace


class _Conversion:
    """The graph of YAML nodes as plain data; what cannot be said in JSON is a problem."""

    def __init__(self, problems: list[Problem], file: str, hint: str) -> None:
        self._problems = problems
        self._file = file
        self._hint = hint
        self._open: set[int] = set()

    def convert(self, node: yaml.Node, path: Path) -> Data:
        import yaml

        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.value) if node.style in (None, "") else str(node.value)
        if id(node) in self._open:
            self._refuse(node, path, "this alias contains itself")
            return None
        self._open.add(id(node))
        data: Data
        if isinstance(node, yaml.MappingNode):
            data = self._mapping(node, path)
        else:
            data = [self.convert(item, (*path, i)) for i, item in enumerate(node.value)]
        self._open.discard(id(node))
        return data

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Data]:
        own: dict[str, Data] = {}
        merged: dict[str, Data] = {}
        for key, value in node.value:
            name = str(key.value)
            if not isinstance(key.value, str):
                self._refuse(key, path, f"a key has to be a word{self._hint}")
            elif name == "<<" and key.style in (None, ""):
                merged.update(self._merge(value, (*path, name)))
            elif name in own:
                self._refuse(key, (*path, name), f"the key '{name}' is given twice")
            else:
                own[name] = self.convert(value, (*path, name))
        return {**merged, **own} if merged else own

    def _merge(self, value: yaml.Node, path: Path) -> dict[str, Data]:
        data = self.convert(value, path)
        parts = data if isinstance(data, list) else [data]
        found: dict[str, Data] = {}
        for part in reversed(parts):
            if isinstance(part, dict):
                found.update(part)
            else:
                self._refuse(value, path, "only a mapping can be merged with '<<'")
        return found

    def _refuse(self, node: yaml.Node, path: Path, message: str) -> None:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        where = dotted(path)
        self._problems.append(Problem(where, message, file=self._file, line=line, column=column))


def _scalar(text: str) -> str | int | bool | None:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    return int(text) if re.fullmatch(_INTEGER, text) and text != "-0" else text


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value that *step* leads to (the item twice, for a list)."""
    if isinstance(step, int):
        items = node.value if isinstance(node.value, list) else []
        return (items[step], items[step]) if step < len(items) else None
    pairs = node.value if _is(node, "mapping") else []
    for key, value in pairs:
        if key.value == step:
            return key, value
    for key, value in pairs:
        if key.value == "<<":
            for part in value.value if _is(value, "sequence") else [value]:
                if (found := _child(part, step)) is not None:
                    return found
    return None


def _is_empty(node: yaml.Node) -> bool:
    return _is(node, "scalar") and not node.value


def _is(node: yaml.Node, kind: str) -> bool:
    return getattr(node, "id", None) == kind  # the class attribute that the stubs leave out


def _hint(text: str) -> str:
    """What is probably meant where `{{ .name }}` is no YAML."""
    return "; a template ('{{') has to be filled in first" if "{{" in text else ""


def _syntax_problem(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    message = f"this is not YAML: {error.problem}"
    if error.context and error.context_mark:
        message += f" ({error.context} that begins in line {error.context_mark.line + 1})"
    lines = text.splitlines()
    message += _hint(text)
    if mark and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        message = "this is a tab; YAML is indented with spaces"
    return Problem("", message, file=file, line=line, column=column)


def dotted(path: Path) -> str:
    """*path* as a person writes it: ``links[3].endpoints[1]``.

    The first word ``topology`` is left out: nearly everything is under it.
    """
    text = ""
    for step in path[1:] if path[:1] == ("topology",) and len(path) > 1 else path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
