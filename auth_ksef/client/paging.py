"""Lists that come in pages, gathered whole or not at all."""

from collections.abc import Callable
from typing import TypeVar

from auth_ksef.client import answers
from auth_ksef.client.errors import KsefLater
from auth_ksef.client.routes import Route
from auth_ksef.client.transport import Door

PAGE_SIZE = 100
MAX_PAGES = 20

T = TypeVar("T")


def by_token(
    door: Door, route: Route, access: str, query: dict, name: str, read: Callable[[dict], T]
) -> tuple[T, ...]:
    """All rows of a list whose pages are opened by `x-continuation-token`.

    Raises KsefLater when the list does not end within 20 pages.
    """
    found: list[T] = []
    token: str | None = None
    for _ in range(MAX_PAGES):
        headers = {"x-continuation-token": token} if token else {}
        query = {**query, "pageSize": PAGE_SIZE}
        data = door.json(route, query=query, headers=headers, bearer=access)
        page, token = door.read(
            route, lambda data=data: (_rows(data, name, read), answers.continuation(data))
        )
        found += page
        if token is None:
            return tuple(found)
    raise endless(route)


def by_number(
    door: Door, route: Route, access: str, body: dict | None, name: str, read: Callable[[dict], T]
) -> list[T]:
    """All rows of a list whose pages are counted by `pageOffset`; KsefLater as in `by_token`."""
    found: list[T] = []
    for number in range(MAX_PAGES):
        query = {"pageOffset": number, "pageSize": PAGE_SIZE}
        data = door.json(route, query=query, body=body, bearer=access)
        page, more = door.read(
            route, lambda data=data: (_rows(data, name, read), answers.flag(data, "hasMore"))
        )
        found += page
        if not more:
            return found
    raise endless(route)


def endless(route: Route) -> KsefLater:
    """The error of a list that does not end."""
    return KsefLater(f"{route.name}: the list does not end", operation=route.name)


def _rows(data: dict, name: str, read: Callable[[dict], T]) -> list[T]:
    rows = answers.rows(data, name)
    if len(rows) > PAGE_SIZE:
        raise answers.Malformed(name)
    return [read(row) for row in rows]
