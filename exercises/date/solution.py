"""date: a time in a field."""

import re

from learn import bad, done

FORM = re.compile(rb"(...), ([0-9]{2}) (...) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")
DAY_NAMES = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"]
MONTHS = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"]
LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
DAYS_BEFORE_1970 = 719528


def parse(data):
    words = FORM.fullmatch(data)
    if not words or words[1] not in DAY_NAMES or words[3] not in MONTHS:
        return bad(0)
    month = MONTHS.index(words[3])
    day, year, hour, minute, second = (int(words[group]) for group in (2, 4, 5, 6, 7))
    lengths = list(LENGTHS)
    if is_leap(year):
        lengths[1] += 1
    if not 1 <= day <= lengths[month] or hour > 23 or minute > 59 or second > 60:
        return bad(0)
    days = days_before(year) + sum(lengths[:month]) + day - 1 - DAYS_BEFORE_1970
    return done(len(data), ((days * 24 + hour) * 60 + minute) * 60 + second)


def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_before(year):
    """The days from the start of the year 0, which is a leap year, to the start of a year."""
    return year * 365 + (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400
