"""range: a part of a file."""

from learn import done

DIGITS = b"0123456789"
NUMBER_LIMIT = 2**64 - 1
SIZE = 1000


def parse(data):
    return done(len(data), select(data))


def select(data):
    unit, _, positions = data.partition(b"=")
    first, dash, last = positions.partition(b"-")
    if unit.lower() != b"bytes" or not dash or not first + last:
        return (200, None)
    if not all(byte in DIGITS for byte in first + last):
        return (200, None)
    if not first:
        count = number(last)
        return (206, (max(SIZE - count, 0), SIZE - 1)) if count > 0 else (416, None)
    first = number(first)
    last = number(last) if last else NUMBER_LIMIT
    if last < first:
        return (200, None)
    if first >= SIZE:
        return (416, None)
    return (206, (first, min(last, SIZE - 1)))


def number(digits):
    """The first 21 digits decide whether a number exceeds the limit."""
    return min(int(digits.lstrip(b"0")[:21] or b"0"), NUMBER_LIMIT)
