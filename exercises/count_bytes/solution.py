"""count_bytes: bytes and characters."""

from learn import bad, done, more


def parse(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return more()
        return bad(error.start)
    return done(len(data), len(text))
