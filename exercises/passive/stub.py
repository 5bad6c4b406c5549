"""passive: the address in a reply to PASV. The task is in passive.md."""

from learn import bad, done


def parse(data):
    """Finds the address of a data connection in the text of a 227 reply.

    Return done(len(data), (host, port)), as in ("127.0.0.1", 50000), or bad(0).
    """
    raise NotImplementedError("passive")
