"""list: a line of LIST. The task is in list.md."""

from learn import bad, done


def parse(data):
    """Reads a line that `ls -l` made.

    Return done(len(data), (name, size, type)) or bad(0). The type is "file", "dir" or "link".
    """
    raise NotImplementedError("list")
