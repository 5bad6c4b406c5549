"""Compares what `mini explain` finds in field values and targets with the ABNF of their RFCs, as the package `abnf`
parses it.

Usage: grammar.py MINI COUNT SEED

Generates COUNT values, most of them a few edits away from a valid one, lets both judge them, and prints every
difference that neither STRICTER nor LOOSER explains. Exit code 1 if there is one.
"""

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter

from abnf.grammars import rfc3986, rfc6266, rfc7239, rfc9110, rfc9111
from abnf.parser import ParseError

# The field, its grammar, whether a response carries it, and valid values.
FIELDS = [
    ("Range", rfc9110.Rule("Range"), False, [
        "bytes=0-499", "bytes=500-", "bytes=-500", "bytes=0-0,-1, 5-9", "bytes=9-5"]),
    ("If-None-Match", rfc9110.Rule("If-None-Match"), False, ['"xyzzy"', 'W/"a", "b"', "*", '""']),
    ("If-Match", rfc9110.Rule("If-Match"), False, ['"xyzzy"', '"a", "b" , "c"', "*"]),
    ("If-Modified-Since", rfc9110.Rule("HTTP-date"), False, [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Thu, 31 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 24:00:00 GMT"]),
    ("If-Range", rfc9110.Rule("If-Range"), False, ['"xyzzy"', 'W/"a"', "Sun, 06 Nov 1994 08:49:37 GMT"]),
    ("Accept", rfc9110.Rule("Accept"), False, [
        "text/html, application/xml;q=0.9, */*;q=0.8", "text/*", 'text/plain;format="flowed";q=1.000', ""]),
    ("Accept-Encoding", rfc9110.Rule("Accept-Encoding"), False, ["gzip, br;q=0.5, *;q=0", "identity", "gzip;q=1.0"]),
    ("Accept-Language", rfc9110.Rule("Accept-Language"), False, ["id, en;q=0.7", "de-AT", "*"]),
    ("Host", rfc9110.Rule("Host"), False, ["example.com", "example.com:8080", "[::1]:80", "192.0.2.1", "a_b.c:"]),
    ("Connection", rfc9110.Rule("Connection"), False, ["close", "keep-alive, Upgrade"]),
    ("TE", rfc9110.Rule("TE"), False, ["trailers, deflate;q=0.5", 'x; a="b" ; q=1', "gzip;a= b"]),
    ("Content-Encoding", rfc9110.Rule("Content-Encoding"), False, ["gzip", "gzip, br"]),
    ("Content-Location", rfc9110.Rule("Content-Location"), False, ["/a;b?c", "http://u:p@h/"]),
    ("Referer", rfc9110.Rule("Referer"), False, ["http://h/a?b", "/a/b", "https://h:80"]),
    ("Cache-Control", rfc9111.Rule("Cache-Control"), False, ["no-cache", 'max-age=5, private="a"', "no-store, x=y"]),
    ("Content-Type", rfc9110.Rule("Content-Type"), False, ["text/plain", 'text/html; charset="utf-8"', "a/b;c=d"]),
    ("Forwarded", rfc7239.Rule("Forwarded"), False, [
        "for=192.0.2.1;proto=http", 'for="[::1]:80", for=_x', "for=_a;for=_b"]),
    ("ETag", rfc9110.Rule("ETag"), True, ['"xyzzy"', 'W/"a"', '""']),
    ("Content-Range", rfc9110.Rule("Content-Range"), True, ["bytes 0-499/1234", "bytes 0-4/*", "bytes */10"]),
    ("Content-Disposition", rfc6266.Rule("content-disposition"), True, [
        'attachment; filename="a b.txt"', "inline", "attachment; filename*=UTF-8''a%20b", "x; a=b",
        "x; a = b", "x; a*={}'en'b"]),
    ("Last-Modified", rfc9110.Rule("HTTP-date"), True, ["Sun, 06 Nov 1994 08:49:37 GMT"]),
    ("WWW-Authenticate", rfc9110.Rule("WWW-Authenticate"), True, ['Basic realm="a, b", charset="UTF-8"', "Bearer"]),
    ("Accept-Ranges", rfc9110.Rule("Accept-Ranges"), True, ["bytes", "none, x"]),
    ("Trailer", rfc9110.Rule("Trailer"), True, ["Expires", "A, B"]),
    ("Vary", rfc9110.Rule("Vary"), True, ["Accept-Encoding, Cookie", "*"]),
    ("Allow", rfc9110.Rule("Allow"), True, ["GET, HEAD", "", "PUT"]),
    ("Retry-After", rfc9110.Rule("Retry-After"), True, ["120", "Sun, 06 Nov 1994 08:49:37 GMT"]),
    ("Location", rfc9110.Rule("Location"), True, ["/a/b?c#d", "http://h/", "../x", "//u@h:8/"]),
    ("Content-Length", rfc9110.Rule("Content-Length"), True, ["0", "3495", "9223372036854775808", "5, 5"]),
]

# The name under which the target of a request is judged like the value of a field.
TARGET = "target"
TARGETS = ["/", "/a/b%20c?x=1&y=2", "/a;b=c/d,e", "//a", "/a?", "/~ada/!$&'()*+,;=:@"]

EDITS = "\t \"#%&'()*+,-./0129:;<=>?@AGWZ[\\]_`abcqxz{|}~\x7f\x80\xe9"


def is_date(value):
    forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"]
    for form in forms:
        try:
            time.strptime(value, form)
        except ValueError:
            continue
        return True
    return False


def is_ordered(value):
    numbers = [int(digits) for digits in re.findall(r"\d+", value)]
    return numbers == sorted(numbers) and len(set(numbers[1:])) == len(numbers[1:])


def has_port(text):
    return re.search(r"^[^/?#]*:0*(\d{6,}|[7-9]\d{4}|6[6-9]\d{3}|65[6-9]\d\d|655[4-9]\d|6553[6-9])$", text)


def has_odd_host(value):
    authority = re.match(r"(?:[^/?#]*:)?//([^/?#]*)", value)
    place = (authority[1] if authority else value).rpartition("@")[2]
    return place.startswith(":") or re.match(r"\[v", place, re.IGNORECASE) or has_port(place)


# Rules that say more than a grammar can: the rule, for which values, and why.
STRICTER = [
    ("range-unit-unknown", lambda value: not re.match("bytes[= ]", value, re.IGNORECASE),
        "other units have grammars of their own (RFC 9110 section 14.1)"),
    ("range-malformed", lambda value: not re.fullmatch(r"bytes=(\d+-\d*|-\d+)([\t ]*,[\t ]*(\d+-\d*|-\d+))*", value,
        re.IGNORECASE),
        "other-range is for other units; bytes has int-range and suffix-range (RFC 9110 section 14.1.2)"),
    ("range-reversed", lambda value: True,
        "a grammar cannot compare numbers (RFC 9110 section 14.1.1)"),
    ("content-range-malformed", lambda value: not is_ordered(value) or re.search(r"\d{19}", value),
        "a grammar cannot compare numbers (RFC 9110 section 14.4)"),
    ("date-malformed", lambda value: not is_date(value),
        "a grammar does not know how many days and hours there are (RFC 9110 section 5.6.7)"),
    ("quality-malformed", lambda value: re.search("q=", value, re.IGNORECASE),
        "in Accept the grammar takes a malformed weight for a parameter; one named q is a weight (section 12.5.1)"),
    ("parameter-malformed", lambda value: re.search(r"[\t ]=|=[\t ]", value),
        "only TE has white space around the equals sign, and nobody may send it (RFC 9110 section 5.6.3)"),
    ("host-malformed", has_odd_host,
        "a port has 16 bits, an empty host is none (RFC 9110 section 4.2.1), and no IPvFuture is defined"),
    ("uri-malformed", has_odd_host, "as in Host"),
    ("userinfo-in-uri", lambda value: "@" in value,
        "userinfo is deprecated (RFC 9110 section 4.2.4)"),
    ("disposition-malformed-value", lambda value: re.search(r"\*[\t ]*=[^']*[{}]", value),
        "the grammar has braces in names of charsets (RFC 8187 section 3.2.1); no charset has such a name"),
    ("length-ignored", lambda value: re.search(r"\d{19}", value),
        "a length has less than 64 bits"),
    ("forwarded-malformed", lambda value: "\\" in value or len(re.findall("for=", value, re.IGNORECASE)) > 1,
        "no parameter occurs twice in an element (RFC 7239 section 4), and no node has an escape (section 6)"),
]

LISTS = ["Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Allow", "Cache-Control", "Connection",
         "Content-Encoding", "If-Match", "If-None-Match", "Range", "TE", "Trailer", "Vary", "WWW-Authenticate"]

# Values that we accept although the grammar does not: the fields, what is replaced before the grammar judges, and why.
LOOSER = [
    (LISTS, r"(?<=,)[\t ]*(,[\t ]*)+", "", "a recipient ignores empty elements (RFC 9110 section 5.6.1.2)"),
    (LISTS, r"(^|(?<==))([\t ]*,)+[\t ]*|[\t ]*,[\t ]*$", "", "empty elements at the start and the end"),
    (["Content-Disposition"], r"[\t ]*=[\t ]*", "=", "RFC 6266 has the white space that RFC 2616 section 2.1 implies"),
    (["Content-Disposition"], r";[\t ]*(?=;|$)", "", "servers end the field with a semicolon (RFC 9110 section 5.6.6)"),
    (["Content-Length"], r"^0*(\d+)([\t ]*,[\t ]*0*\1)+$", r"\1",
        "a response may repeat a length (RFC 9110 section 8.6)"),
    ([TARGET], r"\?.*", "", "a query is data; browsers send it as it was typed"),
    ([TARGET], r"[\x80-\xff|^\[\]{}]", "x", "clients send these bytes in a path, and no parser gives them a meaning"),
]


def mutated(valid, chance):
    """The value after up to three edits."""
    text = valid
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        at = chance.randrange(len(text) + 1)
        edit = chance.randrange(4)
        if edit == 0:
            text = text[:at] + text[at + 1 :]
        elif edit == 1:
            text = text[:at] + chance.choice(EDITS) + text[at:]
        elif edit == 2:
            text = text[:at] + chance.choice(EDITS) + text[at + 1 :]
        else:
            end = min(len(text), at + chance.randrange(1, 8))
            text = text[:end] + text[at:end] + text[end:]
    return text


def is_parsed(rule, text):
    try:
        rule.parse_all(text)
        return True
    except ParseError:
        return False


def grammar_accepts(name, rule, text):
    if name == TARGET:
        path, _, query = text.partition("?")
        return is_parsed(rule, path) and (query == "" or is_parsed(rfc3986.Rule("query"), query))
    # The grammar of RFC 6266 includes the name of the field.
    return is_parsed(rule, f"{name}:{text}" if name == "Content-Disposition" else text)


def message(name, is_response, value):
    """The bytes before, in and after a value."""
    raw = value.encode("latin-1")
    if name == TARGET:
        return b"GET ", raw, b" HTTP/1.1\r\nHost: h\r\n\r\n"
    if is_response:
        return f"HTTP/1.1 204 \r\n{name}: ".encode(), raw, b"\r\n\r\n"
    host = "" if name == "Host" else "Host: h\r\n"
    return f"GET / HTTP/1.1\r\n{host}{name}: ".encode(), raw, b"\r\n\r\n"


def broken_rules(mini, kind, messages):
    """For each message: the rules that its value breaks, without notes."""
    stream, spans = b"", []
    for before, value, after in messages:
        start = len(stream) + len(before)
        spans.append((start, start + len(value)))
        stream += before + value + after
    command = [mini, "explain", "-", "--as", kind, "--output", "json"]
    explained = json.loads(subprocess.run(command, input=stream, stdout=subprocess.PIPE, check=False).stdout)
    faults = [fault for fault in explained["faults"] if fault["severity"] != "note"]
    # An empty value is at the colon, before the space.
    return [{fault["rule"] for fault in faults if start - 1 <= fault["at"] <= end} for start, end in spans]


def difference(name, rule, value, rules, explained):
    """None if both agree, "" if an entry of the tables explains the difference (it is counted), else the difference."""
    is_valid = grammar_accepts(name, rule, value)
    if is_valid == (not rules):
        return None
    if is_valid:
        known = {broken for broken, applies, _ in STRICTER if applies(value)}
        if rules <= known:
            explained.update(rules)
            return ""
        return f"{name}: {value!r}: only abnf accepts it: {', '.join(sorted(rules))}"
    read_as = value
    for names, pattern, replacement, reason in LOOSER:
        if name in names and re.search(pattern, read_as):
            read_as = re.sub(pattern, replacement, read_as)
            explained[reason] += 1
    if grammar_accepts(name, rule, read_as):
        return ""
    return f"{name}: {value!r}: only we accept it"


def main():
    mini, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    judged = [*FIELDS, (TARGET, rfc9110.Rule("absolute-path"), False, TARGETS)]
    checked, found, explained = 0, [], Counter()
    for name, rule, is_response, valid in judged:
        values = {}
        while len(values) < count // len(judged):
            value = mutated(chance.choice(valid), chance).strip(" \t")
            if name != TARGET or (value and " " not in value):
                values[value] = message(name, is_response, value)
        messages = list(values.values())
        verdicts = []
        for start in range(0, len(messages), 1000):
            kind = "http-response" if is_response else "http-request"
            verdicts += broken_rules(mini, kind, messages[start : start + 1000])
        checked += len(values)
        found += [difference(name, rule, *judgement, explained) for judgement in zip(values, verdicts, strict=True)]
    differences = [line for line in found if line]
    unused = ({rule for rule, _, _ in STRICTER} | {reason for *_, reason in LOOSER}) - explained.keys()
    for line in [*differences, *(f"explains no difference: {entry}" for entry in sorted(unused))]:
        print(line)
    print(f"{checked} values, {found.count('')} explained differences, {len(differences)} others")
    sys.exit(1 if differences or unused else 0)


main()
