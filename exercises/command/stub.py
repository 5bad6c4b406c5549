"""command: one line of an FTP control connection. The task is in command.md."""

from learn import bad, done, more


def parse(data):
    """Parses the command at the start of `data`, the bytes that have arrived so far.

    Return more(), done(used, (verb, argument)) or bad(at); an argument is None if there is none.
    """
    raise NotImplementedError("command")
