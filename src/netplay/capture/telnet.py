"""Telnet (RFC 854): text with commands in between, each begun by the byte 255 (IAC)."""

from __future__ import annotations

from netplay.capture.escaping import escape

IAC, SB, SE = 255, 250, 240
_VERBS = {251: "WILL", 252: "WONT", 253: "DO", 254: "DONT"}
_COMMANDS = {241: "NOP", 242: "DM", 243: "BRK", 244: "IP", 245: "AO", 246: "AYT", 247: "EC",
             248: "EL", 249: "GA"}  # fmt: skip
_OPTIONS = {0: "BINARY", 1: "ECHO", 3: "SGA", 5: "STATUS", 24: "TTYPE", 31: "NAWS", 32: "TSPEED",
            33: "LFLOW", 34: "LINEMODE", 35: "XDISPLOC", 36: "ENVIRON", 37: "AUTHENTICATION",
            38: "ENCRYPT", 39: "NEW-ENVIRON"}  # fmt: skip
_SHOWN = 8  # commands in one line


def telnet_info(payload: memoryview) -> str | None:
    """The commands in words, then the text."""
    data = bytes(payload)
    text, words, place = bytearray(), [], 0
    while place < len(data):
        if data[place] != IAC:
            text.append(data[place])
            place += 1
            continue
        word, place = _command(data, place + 1, text)
        if word:
            words.append(word)
    if len(words) > _SHOWN:
        words[_SHOWN:] = [f"{len(words) - _SHOWN} more"]
    if text:
        words.append(f'"{escape(bytes(text), 80)}"')
    return ", ".join(words) or None


def _command(data: bytes, place: int, text: bytearray) -> tuple[str, int]:
    """One command after IAC, and where it ends."""
    code = data[place] if place < len(data) else -1
    if code == IAC:  # a doubled 255 is data
        text.append(IAC)
        return "", place + 1
    option = data[place + 1] if place + 1 < len(data) else -1
    name = _OPTIONS.get(option, str(option) if option >= 0 else "?")
    if code in _VERBS:
        return f"{_VERBS[code]} {name}", place + 2
    if code == SB:  # RFC 855: ends with IAC SE
        end = data.find(bytes((IAC, SE)), place)
        return f"SB {name}", len(data) if end < 0 else end + 2
    return _COMMANDS.get(code, f"IAC {code}"), place + 1
