"""What people type, in the form that FA(3) wants. What cannot be read stays as it was typed.

Nothing here refuses: a draft keeps "12szt" as it is, and the schema says at its field what is
wrong with it. So nothing typed is ever lost.
"""

import re
from datetime import date

from ksefapp.lib import money
from ksefapp.lib import nip as nips

SPACES = re.compile(r"[\s\u00a0\u202f]+")
DAY_FIRST = re.compile(r"(\d{1,2})[.\-/ ](\d{1,2})[.\-/ ](\d{4})")


def number(text: str) -> str:
    """`1 234,50` → `1234.50`, with the decimal places as typed."""
    found = money.from_input(text)
    return text.strip() if found is None else format(found, "f")


def day(text: str) -> str:
    """`23.11.2026` and `2026-11-23` → `2026-11-23`."""
    match = DAY_FIRST.fullmatch(text.strip())
    if not match:
        return text.strip()
    try:
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError:
        return text.strip()


def account(text: str) -> str:
    """A bank account without its spaces."""
    short = SPACES.sub("", text)
    return short if short.isalnum() else line(text)


def nip(text: str) -> str:
    """A NIP without dashes, spaces and the prefix PL; what is no number stays as typed."""
    number = nips.clean(text)
    return number if number.isascii() and number.isdigit() else line(text)


def code(text: str) -> str:
    """An identifier in capitals without spaces and dashes: `de 811-234` → `DE811234`."""
    short = re.sub(r"[\s.-]+", "", text).upper()
    return short if re.fullmatch(r"[A-Z0-9+*]*", short) else line(text)


def line(text: str) -> str:
    """One line of text; runs of white space count as one blank, as in xsd:token."""
    return " ".join(text.split())


def prose(text: str) -> str:
    """Several lines; browsers send CRLF, XML keeps LF."""
    return line_breaks(text).strip("\n ")


def line_breaks(text: str) -> str:
    """Every line break as one LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def count(text: str) -> int | None:
    """A place or a version that a form sent back; None for anything that is no small number."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def shown_number(text: str) -> str:
    """How a stored number stands in its box: `1234.50` → `1234,50`."""
    return text.replace(".", ",") if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def shown_day(text: str) -> str:
    """How a stored date stands in its box: `2026-11-23` → `23.11.2026`."""
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    return f"{match[3]}.{match[2]}.{match[1]}" if match else text
