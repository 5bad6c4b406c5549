"""command: one line of an FTP control connection."""

from learn import bad, done, more

LINE_LIMIT = 4096
ENDLESS_LIMIT = 32 * 1024


def parse(data):
    end = data.find(b"\n", 0, ENDLESS_LIMIT)
    if end < 0:
        return bad(ENDLESS_LIMIT) if len(data) >= ENDLESS_LIMIT else more()
    line = data[:end].rstrip(b"\r")
    if len(line) > LINE_LIMIT:
        return bad(LINE_LIMIT)
    if 0 in line:
        return bad(line.index(0))
    if not line:
        return bad(0)
    verb, space, argument = line.partition(b" ")
    return done(end + 1, (verb.upper(), argument if space else None))
