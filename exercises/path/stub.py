"""path: the file that a request-target names. The task is in path.md."""

from learn import bad, done


def parse(data):
    """Converts a whole request-target to a path below the root, without a slash at its start.

    Return done(len(data), path) or bad(at).
    """
    raise NotImplementedError("path")
