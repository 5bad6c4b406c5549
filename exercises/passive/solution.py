"""passive: the address in a reply to PASV."""

from learn import bad, done

DIGITS = b"0123456789"


def parse(data):
    for at in range(len(data)):
        if data[at] in DIGITS and (at == 0 or data[at - 1] not in DIGITS):
            numbers = six_numbers(data, at)
            if numbers:
                host = ".".join(map(str, numbers[:4]))
                return done(len(data), (host, numbers[4] * 256 + numbers[5]))
    return bad(0)


def six_numbers(data, at):
    """The six numbers that begin at a place, or None."""
    numbers = []
    while True:
        end = at
        while end < len(data) and data[end] in DIGITS:
            end += 1
        digits = data[at:end].lstrip(b"0")
        if end == at or len(digits) > 3:
            return None
        numbers.append(int(digits or b"0"))
        if numbers[-1] > 255:
            return None
        if len(numbers) == 6:
            return numbers
        if data[end : end + 1] != b",":
            return None
        at = end + 1
