"""line: one line of a stream."""

from learn import bad, done, more

LIMIT = 512


def parse(data):
    end = data.find(b"\n", 0, LIMIT)
    if end < 0:
        return bad(LIMIT) if len(data) >= LIMIT else more()
    line = data[:end]
    if line.endswith(b"\r"):
        line = line[:-1]
    return done(end + 1, line)
