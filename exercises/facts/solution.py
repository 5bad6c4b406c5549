"""facts: a line of MLSD."""

from learn import bad, done

TYPES = (b"file", b"dir", b"cdir", b"pdir")


def parse(data):
    kind = size = None
    at = 0
    while not data.startswith(b" ", at):
        end = data.find(b";", at)
        name, equals, value = data[at:end].partition(b"=")
        if end < 0 or not equals or not name or b" " in name:
            return bad(0)
        if name.lower() == b"type":
            kind = value.lower() if value.lower() in TYPES else None
        if name.lower() == b"size":
            if value.startswith(b"-"):
                return bad(0)
            size = number(value)
        at = end + 1
    pathname = data[at + 1 :]
    return done(len(data), (pathname, kind, size)) if pathname else bad(0)


def number(value):
    """A number below 2**64, or None."""
    digits = value.lstrip(b"0")
    if not value.isdigit() or len(digits) > 20:
        return None
    size = int(digits or b"0")
    return size if size < 2**64 else None
