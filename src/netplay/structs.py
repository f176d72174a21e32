"""`Struct` and `Frozen`: classes that are fields and little else, cheap to define.

They are written, and behave, as dataclasses. But those write and compile the methods of every
class anew at each start, and a lab is two Pythons that start one after the other, with a hundred
such classes: that was a third of the time until the first packet. Here nothing is compiled: the
methods are the same for all, and ``__init__`` is a closure.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field
    from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        return lambda kind: kind


class _Fresh:
    """The default of a field that each object gets a new one of."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """As `dataclasses.field`: the default of a field is what *default_factory* then returns."""
    fresh: Any = _Fresh(default_factory)
    return fresh  # type: ignore[no-any-return]  # what a field is said to be, as dataclasses do


class _Fields:
    """What makes ``replace``, ``asdict`` and ``fields`` of `dataclasses` take these for theirs."""

    def __get__(self, _: object, kind: type[_General]) -> dict[str, Field[Any]]:
        import dataclasses

        def column(name: str) -> tuple[str, object, Any]:
            if name in kind._fresh:
                return name, object, dataclasses.field(default_factory=kind._fresh[name])
            default = kind._defaults.get(name, dataclasses.MISSING)
            return name, object, dataclasses.field(default=default)

        columns = map(column, kind._names)
        made: Any = dataclasses.make_dataclass(kind.__name__, columns, kw_only=True)
        return {one.name: one for one in dataclasses.fields(made)}


class _General:
    """The methods that both kinds share."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]] = _Fields()  # type: ignore[assignment]
    __match_args__: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[tuple[str, ...]] = ()
    _known: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[Mapping[str, object]] = {}
    _fresh: ClassVar[Mapping[str, Callable[[], object]]] = {}

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        own = tuple(cls.__annotations__)  # its own alone, since Python 3.10
        given = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        fresh = {name: value.make for name, value in given.items() if isinstance(value, _Fresh)}
        cls._names += own
        cls._known |= frozenset(own)
        cls._defaults = {**cls._defaults, **given}
        cls._fresh = {**cls._fresh, **fresh}
        if not kw_only:
            cls.__match_args__ += own  # type: ignore[misc]
        cls.__init__ = _initializer(cls)  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._names)
        return f"{type(self).__qualname__}({said})"


def _initializer(cls: type[_General]) -> Callable[..., None]:
    """The ``__init__`` of *cls*: twice as fast as one for all, which had to look everything up."""
    places, known, defaults = cls.__match_args__, cls._known, cls._defaults
    fresh = tuple(cls._fresh.items())
    is_checked = cls.__post_init__ is not _General.__post_init__

    def init(self: _General, *positional: object, **named: object) -> None:
        given = named
        if positional:
            given = {**dict(zip(places, positional, strict=False)), **named}
        values = {**defaults, **given}
        if values.keys() != known or len(given) != len(positional) + len(named):
            raise TypeError(
                f"{type(self).__name__} has the fields {', '.join(self._names)}"
                f" (the first {len(places)} also by position), but was given"
                f" {len(positional)} by position and {', '.join(named) or 'none'} by name"
            )
        for name, make in fresh:
            if name not in given:
                values[name] = make()
        self.__dict__.update(values)
        if is_checked:
            self.__post_init__()

    return init


@dataclass_transform(field_specifiers=(field,))
class Struct(_General):
    """An object whose class lists its fields, annotated, with or without a default.

    Two are equal if they are of one class and their fields are. With the class argument
    ``kw_only`` the fields have no order: they are given by name. A ``__post_init__`` may refuse,
    with ValueError, what does not fit together.
    """

    __hash__ = None  # type: ignore[assignment]  # it may change


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(_General):
    """A value: as a `Struct`, but nothing in it can be set anew, and it has a hash."""

    def __hash__(self) -> int:
        return hash(tuple([self.__dict__[name] for name in self._names]))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot set {name}: a {type(self).__name__} does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete {name}: a {type(self).__name__} does not change")

    def replaced(self, **changes: object) -> Self:
        """The same with some fields changed, as `dataclasses.replace` makes it."""
        return type(self)(**{**self.__dict__, **changes})
