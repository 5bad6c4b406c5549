"""fields: the fields of a head. The task is in fields.md."""

from learn import bad, done, more


def parse(data):
    """Parses the fields at the start of `data`, the bytes that have arrived so far.

    Return more(), done(used, fields) or bad(at); fields is a list of pairs (name, value).
    """
    raise NotImplementedError("fields")
