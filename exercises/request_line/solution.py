"""request_line: the first line of a request."""

from learn import bad, done, more

DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TCHAR = b"!#$%&'*+-.^_`|~" + DIGITS + LETTERS
TARGET = bytes(byte for byte in range(0x21, 0x7F) if byte != ord("#"))
VERSION = [b"H", b"T", b"T", b"P", b"/", DIGITS, b".", DIGITS]
METHOD_LIMIT = 32
TARGET_LIMIT = 8000
EMPTY_LINES_LIMIT = 2


def parse(data):
    at = 0
    while at < 2 * EMPTY_LINES_LIMIT and data.startswith(b"\r\n", at):
        at += 2
    method = run(data, at, TCHAR, METHOD_LIMIT)
    at += len(method)
    if not method or not data.startswith(b" ", at):
        return fault(data, at)
    at += 1
    target = run(data, at, TARGET, TARGET_LIMIT)
    at += len(target)
    if not target or not data.startswith(b" ", at):
        return fault(data, at)
    at += 1
    version = data[at : at + len(VERSION)]
    for byte, allowed in zip(version, VERSION):
        if byte not in allowed:
            return fault(data, at)
        at += 1
    if len(version) < len(VERSION):
        return more()
    if version[5] != ord("1"):
        return bad(at - 3)
    if not data.startswith(b"\r\n", at):
        return fault(data, at)
    return done(at + 2, (method, target, version))


def run(data, at, allowed, limit):
    """The bytes of a class at a place, at most `limit` of them."""
    end = at
    while end < len(data) and end < at + limit and data[end] in allowed:
        end += 1
    return data[at:end]


def fault(data, at):
    """A byte that fits nowhere, unless it is missing or the first half of a line end."""
    return more() if data[at:] in (b"", b"\r") else bad(at)
