"""ascii: line ends of a transfer with TYPE A."""

from learn import bad, done


def parse(data):
    command, reads = data[:5], data[5:].split(b"|")
    if command == b"STOR ":
        return done(len(data), stor(reads))
    if command == b"RETR ":
        return done(len(data), retr(reads))
    return bad(0)


def stor(reads):
    """CR LF becomes LF. A CR at the end of a read is held back: LF may follow."""
    written = []
    held = b""
    for read in reads:
        text = held + read
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)]
        written.append(text.replace(b"\r\n", b"\n"))
    return written + [held]


def retr(reads):
    """LF becomes CR LF, unless a CR precedes it, perhaps in the read before."""
    written = []
    before = b""
    for read in reads:
        text = (before + read).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        written.append(text[len(before) :])
        before = b"\r" if text.endswith(b"\r") else b""
    return written + [b""]
