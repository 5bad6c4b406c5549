"""ascii: line ends of a transfer with TYPE A. The task is in ascii.md."""

from learn import bad, done


def parse(data):
    """Converts the reads of a transfer: a command and a space, then the reads, separated by |.

    Return done(len(data), [bytes to write for each read, ..., bytes to write at the end]) or bad(0).
    """
    raise NotImplementedError("ascii")
