"""list: a line of LIST."""

import re

from learn import bad, done

# Mode, links, owner, group, size, month, day, and time or year; one space; the name.
LINE = re.compile(rb"([-dl])\S{9} +\S+ +\S+ +\S+ +([0-9]+) +\S+ +\S+ +\S+ (.+)", re.DOTALL)
TYPES = {b"-": "file", b"d": "dir", b"l": "link"}


def parse(data):
    found = LINE.fullmatch(data)
    if not found:
        return bad(0)
    letter, size, name = found.groups()
    if letter == b"l":
        name = name.partition(b" -> ")[0]
    return done(len(data), (name, int(size) if letter == b"-" else None, TYPES[letter]))
