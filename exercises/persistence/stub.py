"""persistence: whether the connection stays open. The task is in persistence.md."""

from learn import done


def parse(data):
    """Decides from a whole request head whether the client expects a further response.

    Return done(len(data), "keep") or done(len(data), "close").
    """
    raise NotImplementedError("persistence")
