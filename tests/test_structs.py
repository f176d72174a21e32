"""Structs behave as the dataclasses they are written like."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from netplay.structs import Frozen, Struct, field


class Point(Frozen):
    x: int
    y: int = 0

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is negative")


class Named(Point, kw_only=True):
    name: str = "here"


class Basket(Struct):
    label: str
    things: list[int] = field(default_factory=list)


def test_fields_are_given_by_position_by_name_or_not_at_all() -> None:
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert (Point(1, 2).x, Point(1, y=2).y) == (1, 2)
    there = Named(1, 2, name="there")
    assert (there.x, there.y, there.name) == (1, 2, "there")


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        ((), {}),
        ((), {"y": 1}),
        ((1, 2, 3), {}),
        ((1,), {"x": 1}),
        ((1,), {"z": 1}),
        ((), {"y": 1, "z": 1}),
    ],
)
def test_what_does_not_fit_the_fields_is_refused(
    positional: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError, match=r"^Point has the fields x, y \(the first 2 also"):
        Point(*positional, **named)


def test_a_keyword_field_is_not_given_by_position() -> None:
    with pytest.raises(TypeError, match="the first 2 also by position"):
        Named(1, 2, "there")  # type: ignore[misc]


def test_what_cannot_be_is_not_built() -> None:
    with pytest.raises(ValueError, match="x is negative"):
        Point(-1)
    with pytest.raises(ValueError, match="x is negative"):
        Point(1).replaced(x=-1)


def test_two_are_equal_if_class_and_fields_are() -> None:
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert Point(1) != (1, 0)
    assert len({Point(1), Point(1, 0), Point(2)}) == 2


def test_a_frozen_one_does_not_change() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="cannot set x: a Point does not change"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot delete x: a Point does not change"):
        del point.x
    assert point == Point(1)
    assert point.replaced(y=5) == Point(1, 5)


def test_a_struct_changes_has_no_hash_and_its_own_defaults() -> None:
    first, second = Basket("a"), Basket("b")
    first.things.append(1)
    first.label = "c"
    assert (first.label, first.things, second.things) == ("c", [1], [])
    with pytest.raises(TypeError, match="unhashable"):
        hash(first)


@pytest.mark.parametrize("value", [Point(1), Named(1, name="x"), Basket("a", [1])], ids=repr)
def test_it_is_copied_pickled_and_shown(value: Struct) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert eval(repr(value)) == value


def test_it_is_a_dataclass_to_the_functions_of_dataclasses() -> None:
    assert dataclasses.is_dataclass(Point)
    assert dataclasses.asdict(Named(1)) == {"x": 1, "y": 0, "name": "here"}
    assert dataclasses.replace(Basket("a"), label="b") == Basket("b")
    assert [one.name for one in dataclasses.fields(Named)] == ["x", "y", "name"]
    assert dataclasses.fields(Basket)[1].default_factory is list
    match Point(3):
        case Point(x, _):
            assert x == 3
