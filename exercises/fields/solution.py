"""fields: the fields of a head."""

from learn import bad, done, more

DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TCHAR = b"!#$%&'*+-.^_`|~" + DIGITS + LETTERS
CONTROLS = bytes(byte for byte in range(0x20) if byte != ord("\t")) + b"\x7f"
FIELDS_LIMIT = 100
SECTION_LIMIT = 32752


def parse(data):
    data = data[:SECTION_LIMIT]
    fields = []
    at = 0
    while True:
        if data.startswith(b"\r\n", at):
            return done(at + 2, fields)
        if len(fields) == FIELDS_LIMIT and at < len(data) and data[at] != 0x0D:
            return bad(at)
        colon = at
        while colon < len(data) and data[colon] in TCHAR:
            colon += 1
        if colon == at or not data.startswith(b":", colon):
            return fault(data, colon)
        end = colon + 1
        while end < len(data) and data[end] not in CONTROLS:
            end += 1
        if not data.startswith(b"\r\n", end):
            return fault(data, end)
        fields.append((data[at:colon].lower(), data[colon + 1 : end].strip(b" \t")))
        at = end + 2


def fault(data, at):
    """A byte that fits nowhere, unless it is missing or the first half of a line end."""
    if data[at:] not in (b"", b"\r"):
        return bad(at)
    return bad(SECTION_LIMIT) if len(data) == SECTION_LIMIT else more()
