"""reply: a reply of an FTP server. The task is in reply.md."""

from learn import bad, done, more


def parse(data):
    """Takes the first reply of `data`, the bytes that have arrived so far.

    Return more(), done(used, (code, lines)) or bad(at).
    """
    raise NotImplementedError("reply")
