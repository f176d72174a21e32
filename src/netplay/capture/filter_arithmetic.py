"""The grammar of relations: sums of numbers, constants and bytes of the packet, compared."""

from __future__ import annotations

from netplay.capture import filter_values as values
from netplay.capture.filter_lexer import NUMBER, Cursor, Token
from netplay.capture.filter_values import Predicate, Value
from netplay.errors import suggestion


def may_begin(cursor: Cursor) -> bool:
    """Whether a relation may stand here; only trying tells after an opening parenthesis."""
    token, after = cursor.next, cursor.ahead(1)
    if token.text in ("(", "-", "len") or (token.is_word and after.text == "["):
        return True
    known = token.text in values.CONSTANTS or NUMBER.fullmatch(token.text)
    return bool(known) and (after.text in values.OPERATORS or after.text in values.RELATIONS)


def relation(cursor: Cursor) -> Predicate:
    """``expression relation expression``."""
    left = _sum(cursor, 0)
    if cursor.next.text not in values.RELATIONS:
        raise cursor.problem("a comparison is missing here: =, !=, <, >, <= or >=")
    symbol = cursor.take().text
    return values.relation(symbol, left, _sum(cursor, 0))


def _sum(cursor: Cursor, level: int) -> Value:
    """What operators of this level and all tighter ones hold together."""
    if level == len(values.PRECEDENCE):
        return _value(cursor)
    left = _sum(cursor, level + 1)
    while symbol := cursor.accept(*values.PRECEDENCE[level]):
        left = values.combine(symbol, left, _sum(cursor, level + 1))
    return left


def _value(cursor: Cursor) -> Value:
    if NUMBER.fullmatch(cursor.next.text):
        return values.constant(cursor.number())
    token = cursor.take()
    if token.text == "(":
        found = _sum(cursor, 0)
        cursor.expect(")")
        return found
    if token.text == "-":
        return values.combine("-", values.constant(0), _value(cursor))
    if token.text == "len":
        return values.length
    if token.text in values.CONSTANTS:
        return values.constant(values.CONSTANTS[token.text])
    if token.text in values.ACCESSORS:
        return _accessor(cursor, token)
    near = suggestion(token.text, [*values.CONSTANTS, *values.ACCESSORS])
    near = near if near.startswith("; did") else ""
    said = f", not {token.text!r}" if token.text else ""
    raise cursor.problem(f"a number should stand here{said}{near}", token)


def _accessor(cursor: Cursor, token: Token) -> Value:
    """``protocol[offset]`` or ``protocol[offset:size]``."""
    cursor.expect("[")
    offset, size = _sum(cursor, 0), 1
    if cursor.accept(":"):
        after = cursor.next
        size = cursor.number()
        if size not in (1, 2, 4):
            raise cursor.problem("1, 2 or 4 bytes can be read at once", after)
    cursor.expect("]")
    return values.accessor(token.text, offset, size)
