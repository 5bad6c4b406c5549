"""framing: where the content of a request ends."""

from learn import done

DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TCHAR = b"!#$%&'*+-.^_`|~" + DIGITS + LETTERS
LENGTH_LIMIT = 2**63 - 1


def parse(data):
    lengths, codings = [], []
    for line in data.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            lengths.append(value.strip(b" \t"))
        if name.lower() == b"transfer-encoding":
            codings += [coding.strip(b" \t") for coding in value.split(b",")]
    return done(len(data), framing(lengths, codings))


def framing(lengths, codings):
    if lengths and codings:
        return ("refused", 400)
    if codings:
        return of_codings([coding.lower() for coding in codings])
    if lengths:
        return of_lengths(lengths)
    return ("none", 0)


def of_codings(codings):
    for coding in codings:
        if not coding or not all(byte in TCHAR for byte in coding):
            return ("refused", 400)
    if b"chunked" in codings[:-1]:
        return ("refused", 400)
    if codings != [b"chunked"]:
        return ("refused", 501)
    return ("chunked", 0)


def of_lengths(lengths):
    if len(lengths) > 1:
        return ("refused", 400)
    digits = lengths[0]
    if not digits or not all(byte in DIGITS for byte in digits):
        return ("refused", 400)
    digits = digits.lstrip(b"0") or b"0"
    if len(digits) > 19 or int(digits) > LENGTH_LIMIT:
        return ("refused", 400)
    return ("length", int(digits))
