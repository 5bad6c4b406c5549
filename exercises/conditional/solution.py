"""conditional: whether a client has the file already."""

import re

from learn import done

ETAG = b"v2"
# An entity tag, and the commas and spaces behind it.
TAG = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,[, \t]*|$)')


def parse(data):
    return done(len(data), status(data))


def status(data):
    lines = {b"if-match": [], b"if-none-match": []}
    for line in data.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() in lines:
            lines[name.lower()].append(value.strip(b" \t"))
    if_match, if_none_match = lines[b"if-match"], lines[b"if-none-match"]
    if if_match and not is_listed(if_match, strong=True):
        return 412
    if if_none_match and is_listed(if_none_match, strong=False):
        return 304
    return 200


def is_listed(values, strong):
    """Whether one of the tags is ours; False if the list is malformed."""
    if values == [b"*"]:
        return True
    found = False
    for value in values:
        value = value.lstrip(b", \t")
        at = 0
        while at < len(value):
            tag = TAG.match(value, at)
            if not tag:
                return False
            at = tag.end()
            is_weak = tag[1] is not None
            found = found or (tag[2] == ETAG and not (strong and is_weak))
    return found
