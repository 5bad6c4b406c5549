"""framing: where the content of a request ends. The task is in framing.md."""

from learn import done


def parse(data):
    """Determines the framing from whole field lines, each with its CR LF.

    Return done(len(data), (kind, number)).
    """
    raise NotImplementedError("framing")
