"""frame: messages with their length in front."""

from learn import bad, done, more

HEADER = 4
LIMIT = 1024 * 1024


def parse(data):
    if len(data) < HEADER:
        return more()
    length = int.from_bytes(data[:HEADER], "big")
    if length > LIMIT:
        return bad(0)
    end = HEADER + length
    if len(data) < end:
        return more()
    return done(end, data[HEADER:end])
