"""frame: messages with their length in front. The task is in frame.md."""

from learn import bad, done, more


def parse(data):
    """Takes the first frame of `data`, the bytes that have arrived so far.

    Return more(), done(used, message) or bad(at).
    """
    raise NotImplementedError("frame")
