"""persistence: whether the connection stays open."""

from learn import done


def parse(data):
    request_line, *lines = data.split(b"\r\n")
    options = []
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"connection":
            options += [option.strip(b" \t").lower() for option in value.split(b",")]
    if b"close" in options:
        return done(len(data), "close")
    if b"keep-alive" in options or not request_line.endswith(b"HTTP/1.0"):
        return done(len(data), "keep")
    return done(len(data), "close")
