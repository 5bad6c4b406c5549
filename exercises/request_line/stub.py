"""request_line: the first line of a request. The task is in request_line.md."""

from learn import bad, done, more


def parse(data):
    """Parses the request line at the start of `data`, the bytes that have arrived so far.

    Return more(), done(used, (method, target, version)) or bad(at).
    """
    raise NotImplementedError("request_line")
