"""line: one line of a stream."""

from learn import bad, done, more

LIMIT = 512
TAB, SPACE, DELETE = 9, 32, 127


def parse(data):
    end = data.find(b"\n", 0, LIMIT)
    if end < 0:
        return bad(LIMIT) if len(data) >= LIMIT else more()
    line = data[:end]
    if line.endswith(b"\r"):
        line = line[:-1]
    for at, byte in enumerate(line):
        if (byte < SPACE and byte != TAB) or byte == DELETE:
            return bad(at)
    return done(end + 1, line)
