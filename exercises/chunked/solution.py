"""chunked: content in chunks."""

from learn import bad, done, more

HEXDIG = b"0123456789abcdefABCDEF"
DIGITS_LIMIT = 16
SIZE_LIMIT = 2**63 - 1


def parse(data):
    content = bytearray()
    total = 0
    at = 0
    while True:
        end = at
        while end < len(data) and data[end] in HEXDIG:
            if end - at == DIGITS_LIMIT:
                return bad(end)
            end += 1
        if end == at:
            return fault(data, at)
        if end == len(data):
            return more()
        size = int(data[at:end], 16)
        if total + size > SIZE_LIMIT:
            return bad(at)
        if not data.startswith(b"\r\n", end):
            return fault(data, end)
        at = end + 2
        if size == 0:
            return trailers(data, at, content)
        total += size
        content += data[at : at + size]
        at += size
        if len(data) < at + 2:
            return chunk_end(data, at)
        if not data.startswith(b"\r\n", at):
            return chunk_end(data, at)
        at += 2


def chunk_end(data, at):
    for byte, expected in zip(data[at : at + 2], b"\r\n"):
        if byte != expected:
            return bad(at)
        at += 1
    return more()


def trailers(data, at, content):
    """Skips the lines up to an empty one."""
    while True:
        end = at
        while end < len(data) and data[end] not in b"\r\n":
            end += 1
        if not data.startswith(b"\r\n", end):
            return fault(data, end)
        if end == at:
            return done(at + 2, bytes(content))
        at = end + 2


def fault(data, at):
    """A byte that fits nowhere, or the first half of a line end."""
    if len(data) == at or (data[at] == 0x0D and len(data) == at + 1):
        return more()
    return bad(at)
