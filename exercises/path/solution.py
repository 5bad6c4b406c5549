"""path: the file that a request-target names."""

from learn import bad, done

HEXDIG = b"0123456789abcdefABCDEF"
TARGET_LIMIT = 8000
PATH_LIMIT = 4095


def parse(data):
    if len(data) > TARGET_LIMIT:
        return bad(TARGET_LIMIT)
    encoded = data.split(b"?")[0]
    decoded = bytearray()
    at = 0
    while at < len(encoded):
        byte = encoded[at]
        if byte != ord("%"):
            decoded.append(byte)
            at += 1
            continue
        digits = encoded[at + 1 : at + 3]
        if len(digits) < 2 or digits[0] not in HEXDIG or digits[1] not in HEXDIG:
            return bad(at)
        decoded.append(int(digits, 16))
        at += 3
    return resolve(data, bytes(decoded))


def resolve(data, decoded):
    names = []
    if 0 in decoded or not data.startswith(b"/"):
        return bad(0)
    for name in decoded.split(b"/"):
        if name in (b"", b"."):
            continue
        if name != b"..":
            names.append(name)
        elif names:
            names.pop()
        else:
            return bad(0)
    path = b"/".join(names)
    return done(len(data), path) if len(path) <= PATH_LIMIT else bad(0)
