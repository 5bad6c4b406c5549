"""extended_passive: the port in a reply to EPSV."""

import re

from learn import bad, done

# The delimiter: a visible character, but not a digit. \1 is the same one again.
PORT = re.compile(rb"\(([!-/:-~])\1{2}0*([0-9]{1,5})\1\)")


def parse(data):
    for parenthesis in re.finditer(rb"\(", data):
        found = PORT.match(data, parenthesis.start())
        if found and int(found[2]) <= 65535:
            return done(len(data), int(found[2]))
    return bad(0)
