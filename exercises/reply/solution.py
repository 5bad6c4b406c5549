"""reply: a reply of an FTP server."""

from learn import bad, done, more

LIMIT = 64 * 1024


def parse(data):
    code = None
    lines = []
    at = 0
    while True:
        end = data.find(b"\n", at, LIMIT)
        if end < 0:
            return bad(LIMIT) if len(data) >= LIMIT else more()
        line = data[at:end].rstrip(b"\r")
        at = end + 1
        if code is None:
            code = line[:3]
            if not is_code(code):
                return bad(0)
            if line[3:4] not in (b"", b" ", b"-"):
                return bad(3)
        if not line.startswith(code) or line[3:4] not in (b"", b" ", b"-"):
            lines.append(line)
            continue
        lines.append(line[4:])
        if line[3:4] != b"-":
            return done(at, (int(code), lines))


def is_code(text):
    return len(text) == 3 and text.isdigit() and 100 <= int(text) < 700
