"""host: the host and the port that a client requests. The task is in host.md."""

from learn import bad, done


def parse(data):
    """Parses a whole Host value.

    Return done(len(data), (host, port)) or bad(0); port is None if there is none.
    """
    raise NotImplementedError("host")
