"""Runs one exercise for `mini learn check`. `mini learn` replaces this file; changes to it are lost.

A function answers with more(), done(used, value) or bad(at). A value is None, an int, bytes, a str,
or a tuple or list of values.
"""

import importlib
import os
import socket
import struct
import sys
import traceback


def more():
    """The value is not complete: call again when more bytes have arrived."""
    return ("more",)


def done(used, value):
    """The value is complete, and takes the first `used` bytes."""
    return ("done", used, value)


def bad(at):
    """The byte at offset `at` breaks a rule; no later byte changes that."""
    return ("bad", at)


def _text(tag, content):
    return tag + struct.pack(">I", len(content)) + content


def _value(value):
    if value is None:
        return b"z"
    if isinstance(value, int):
        return _text(b"n", str(value).encode())
    if isinstance(value, str):
        return _text(b"b", value.encode())
    if isinstance(value, (bytes, bytearray)):
        return _text(b"b", bytes(value))
    if isinstance(value, (tuple, list)):
        return b"l" + struct.pack(">I", len(value)) + b"".join(map(_value, value))
    raise TypeError(f"a value cannot be of type {type(value).__name__}")


def _offset(number):
    if not isinstance(number, int) or not 0 <= number < 2**32:
        raise TypeError(f"{number!r} is not an offset")
    return struct.pack(">I", number)


def _answer(answer):
    if answer == ("more",):
        return b"m"
    if isinstance(answer, tuple) and len(answer) == 3 and answer[0] == "done":
        return b"d" + _offset(answer[1]) + _value(answer[2])
    if isinstance(answer, tuple) and len(answer) == 2 and answer[0] == "bad":
        return b"b" + _offset(answer[1])
    raise TypeError(f"the function returned {answer!r}; it must return more(), done(...) or bad(...)")


def _failure(error):
    place = traceback.extract_tb(error.__traceback__)[-1]
    name = os.path.basename(place.filename)
    return b"f" + f"{type(error).__name__}: {error} ({name}, line {place.lineno})".encode(errors="replace")


def _try(parse, data, ends):
    """The first answer that is not more(), and in which read it came."""
    answer = b"m"
    read = 0
    try:
        for read, end in enumerate(ends):
            answer = _answer(parse(data[:end]))
            if answer != b"m":
                break
    except Exception as error:
        answer = _failure(error)
    return struct.pack(">I", read) + answer


def _run(name):
    # The frames have descriptors of their own, so that print() and input() do not reach them.
    frames = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    requests = frames.makefile("rb")
    parse = importlib.import_module(name).parse
    frames.sendall(struct.pack(">I", 1) + b"r")
    while header := requests.read(4):
        case = requests.read(struct.unpack(">I", header)[0])
        (count,) = struct.unpack_from(">I", case)
        ends = struct.unpack_from(f">{count}I", case, 4)
        reply = _try(parse, case[4 + 4 * count :], ends)
        frames.sendall(struct.pack(">I", len(reply)) + reply)


if __name__ == "__main__":
    sys.modules["learn"] = sys.modules["__main__"]
    _run(sys.argv[1])
