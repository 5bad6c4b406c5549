"""chunk_size: the number at the start of a chunk."""

from learn import bad, done, more

HEXDIG = b"0123456789abcdefABCDEF"
DIGITS_LIMIT = 16
SIZE_LIMIT = 2**63 - 1


def parse(data):
    end = 0
    while end < len(data) and data[end] in HEXDIG:
        if end == DIGITS_LIMIT:
            return bad(DIGITS_LIMIT)
        end += 1
    if end == len(data):
        return more()
    if end == 0:
        return line_fault(data, 0)
    size = int(data[:end], 16)
    if size > SIZE_LIMIT:
        return bad(0)
    return line_end(data, end, size)


def line_end(data, digits, size):
    at = digits
    while at < len(data) and data[at] in b" \t":
        at += 1
    if at == len(data):
        return more()
    if data[at] == ord(";"):
        while at < len(data) and is_text(data[at]):
            at += 1
    elif at > digits:
        return bad(digits if data[at] in b"\r\n" else at)
    if data[at : at + 2] == b"\r\n":
        return done(at + 2, size)
    return line_fault(data, at)


def is_text(byte):
    return byte == 0x09 or 0x20 <= byte != 0x7F


def line_fault(data, at):
    """A byte that fits nowhere, or the first half of a line end."""
    if data[at:] in (b"", b"\r"):
        return more()
    return bad(at)
