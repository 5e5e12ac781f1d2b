"""What a key file would cost to open, read before anything is computed.

An encrypted file names its own key-stretching rounds; a hostile one could keep a worker busy
for hours or fill its memory.
"""

from collections.abc import Iterator
from itertools import takewhile

MAX_ROUNDS = 5_000_000
MAX_SCRYPT_COST = 2**20
MAX_DEPTH = 16

INTEGER, OCTET_STRING, OCTET_STRING_PARTS, SEQUENCE, CONSTRUCTED = 0x02, 0x04, 0x24, 0x30, 0x20


def is_too_costly(der: bytes) -> bool:
    """Whether PBKDF2, PKCS#12 or its MAC ask for too many rounds, or scrypt for too much."""
    return any(_exceeds(*numbers) for numbers in _costs(der))


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each BER element; ValueError where the data is none.

    An element of indefinite length is taken to run to the end, with its end mark inside.
    """
    found, at = [], 0
    while at < len(data):
        tag, start, length = _head(data, at)
        at = start + length
        if at > len(data):
            raise ValueError("cut off")
        found.append((tag, data[start:at]))
    return found


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    if at + 2 > len(data):
        raise ValueError("cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        return tag, start, len(data) - start
    if length < 0x80:
        return tag, start, length
    size = length & 0x7F
    return tag, start + size, int.from_bytes(data[start : start + size])


def _exceeds(rounds: int, *more: int) -> bool:
    # Two or more numbers behind the first make it scrypt's N, r and p.
    scrypt = rounds * max(1, more[0]) * max(1, more[1]) if len(more) >= 2 else 0
    return rounds > MAX_ROUNDS or scrypt > MAX_SCRYPT_COST


def _costs(data: bytes, depth: int = 0) -> Iterator[list[int]]:
    """The numbers that follow each salt, wherever in the file it is."""
    try:
        found = elements(data)
    except ValueError:
        return
    for index, (tag, content) in enumerate(found):
        following = takewhile(lambda item: item[0] == INTEGER, found[index + 1 :])
        numbers = [int.from_bytes(value) for _, value in following]
        if tag == OCTET_STRING and numbers:
            yield numbers
        if (tag & CONSTRUCTED or tag == OCTET_STRING) and depth < MAX_DEPTH:
            yield from _costs(_joined(tag, content), depth + 1)


def _joined(tag: int, content: bytes) -> bytes:
    """An octet string may come in parts."""
    if tag != OCTET_STRING_PARTS:
        return content
    try:
        return b"".join(part for _, part in elements(content))
    except ValueError:
        return content
