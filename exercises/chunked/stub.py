"""chunked: content in chunks. The task is in chunked.md."""

from learn import bad, done, more


def parse(data):
    """Decodes the chunked content at the start of `data`, the bytes that have arrived so far.

    Return more(), done(used, content) or bad(at).
    """
    raise NotImplementedError("chunked")
