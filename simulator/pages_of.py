"""Paging as the API's lists do it: by continuation tokens, or by numbers of pages."""

from typing import TypeVar

from werkzeug import Request

from simulator import shapes
from simulator.errors import Invalid
from simulator.numbers import from_base64, to_base64

Item = TypeVar("Item")
HEADER = "x-continuation-token"


def start(request: Request) -> int:
    """Where the page asked for begins; 400 21418 for a token that we never gave."""
    given = request.headers.get(HEADER)
    if not given:
        return 0
    try:
        word, _, position = from_base64(given).decode("ascii").partition(":")
    except ValueError as error:
        raise Invalid(21418) from error
    if word != "page" or not position.isdigit() or len(position) > 9:
        raise Invalid(21418)
    return int(position)


def cut(request: Request, items: list[Item], size: int) -> tuple[list[Item], str | None]:
    """One page of the items and the token of the next, if there is one."""
    begin = start(request)
    end = begin + size
    return items[begin:end], token(end) if end < len(items) else None


def token(position: int) -> str:
    """A continuation token for a position."""
    return to_base64(f"page:{position}".encode("ascii"))


def numbered(request: Request, items: list[Item]) -> tuple[list[Item], bool]:
    """One page by `pageOffset` (the number of the page) and `pageSize`, and whether more follow."""
    size = shapes.query_integer(request, "pageSize", 10, 100, 10)
    begin = shapes.query_integer(request, "pageOffset", 0, 10**6, 0) * size
    return items[begin : begin + size], begin + size < len(items)
