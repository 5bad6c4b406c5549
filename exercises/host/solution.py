"""host: the host and the port that a client requests."""

import ipaddress

from learn import bad, done

DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NAME = b"-._~!$&'()*+,;=" + DIGITS + LETTERS


def parse(data):
    if data == b"":
        return done(0, (b"", None))
    if data.startswith(b"["):
        end = data.find(b"]") + 1
        is_valid = is_ipv6(data[1 : end - 1])
    else:
        end = data.find(b":")
        if end < 0:
            end = len(data)
        is_valid = end > 0 and all(byte in NAME for byte in data[:end])
    host, port = data[:end], data[end:]
    if not is_valid or port and not port.startswith(b":"):
        return bad(0)
    digits = port[1:]
    if not all(byte in DIGITS for byte in digits):
        return bad(0)
    number = None
    if digits:
        digits = digits.lstrip(b"0") or b"0"
        if len(digits) > 5 or int(digits) > 65535:
            return bad(0)
        number = int(digits)
    return done(len(data), (host.lower().rstrip(b"."), number))


def is_ipv6(address):
    try:
        ipaddress.IPv6Address(address.decode("ascii"))
        return True
    except ValueError:
        return False
