"""facts: a line of MLSD. The task is in facts.md."""

from learn import bad, done


def parse(data):
    """Reads a line of facts and a name.

    Return done(len(data), (name, type, size)) or bad(0). Type and size may be None.
    """
    raise NotImplementedError("facts")
