"""Idempotency-Key: a POST that is repeated gets its first answer again.

A row claims the key before the work begins, so that of two simultaneous requests one works
and the other is told so. The work and its answer are stored in one transaction: a crash
leaves neither, and when the claim's lease has run out the next request does the work.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from ksefapp.api.errors import ApiError, error_response, field_error
from ksefapp.api.models import IdempotentAnswer
from ksefapp.lib import clock

KEPT = timedelta(days=30)
LEASE = timedelta(seconds=60)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
# Answers that depend on who asks or when, not on what was asked; with 5xx they are not kept.
PASSING = frozenset({401, 403, 404, 429})
MOST_PURGED = 500
_VALID = re.compile(r"[\x21-\x7e]{1,200}")

Work = Callable[[], Response]


class LeaseLost(Exception):
    """Another request took the key over; what this one did must be rolled back."""


def idempotent(post: Callable[..., Work]) -> Callable[..., HttpResponse]:
    """Decorates a view's `post`, which reads and checks and returns the work still to be done.

    The work runs in one transaction with the storing of its answer; it must not wait for
    anything outside the database.
    """

    @wraps(post)
    def answered(view, request, *args, **kwargs) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request, *args, **kwargs)()
        row = _claim(request, key)
        if row.status is not None:
            return _replay(row)
        return _answer_once(row, lambda: post(view, request, *args, **kwargs))

    answered.is_idempotent = True
    return answered


def _answer_once(row: IdempotentAnswer, prepare: Callable[[], Work]) -> HttpResponse:
    try:
        work = prepare()
        with transaction.atomic():
            response = work()
            if not _store(row, response):
                raise LeaseLost
    except LeaseLost:
        return error_response(_in_progress())
    except Exception as error:  # becomes the answer, as everywhere in the API
        response = error_response(error)
        _store_failure(row, response)
    return response


def _claim(request, key: str) -> IdempotentAnswer:
    """The row of this key: claimed by this request, or with the answer that was given before."""
    if not _VALID.fullmatch(key):
        raise field_error(HEADER, _("od 1 do 200 znaków ASCII, bez spacji"))
    now, fingerprint = clock.now(), _fingerprint(request)
    mine = {"fingerprint": fingerprint, "lease_until": now + LEASE}
    IdempotentAnswer.objects.filter(
        api_key=request.auth, key=key, created_at__lt=now - KEPT
    ).delete()
    row, made = IdempotentAnswer.objects.get_or_create(api_key=request.auth, key=key, defaults=mine)
    if row.fingerprint != fingerprint:
        text = _("Ten Idempotency-Key był użyty z inną treścią żądania.")
        raise ApiError(409, "idempotency_key_reused", text)
    if not made and row.status is None:
        _take_over(row, now)
    return row


def _take_over(row: IdempotentAnswer, now) -> None:
    """Takes the key from a request that died. Raises ApiError 409 while its lease lasts."""
    old, row.lease_until = row.lease_until, now + LEASE
    free = IdempotentAnswer.objects.filter(pk=row.pk, status=None, lease_until=old)
    if old > now or not free.update(lease_until=row.lease_until):
        raise _in_progress()


def _in_progress() -> ApiError:
    text = _("Żądanie z tym Idempotency-Key jest właśnie wykonywane; powtórz za chwilę.")
    return ApiError(409, "in_progress", text, headers={"Retry-After": "2"})


def _fingerprint(request) -> str:
    parts = [request.method, request.get_full_path(), request.content_type or ""]
    head = "\n".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(head + b"\n" + request.body).hexdigest()


def _store(row: IdempotentAnswer, response: Response) -> bool:
    """False when another request has taken the key over."""
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    kept = _mine(row).update(
        status=response.status_code,
        headers=headers,
        body=JSONRenderer().render(response.data).decode(),
    )
    return bool(kept)


def _store_failure(row: IdempotentAnswer, response: Response) -> None:
    if response.status_code < 500 and response.status_code not in PASSING:
        _store(row, response)
    else:
        _mine(row).delete()


def _mine(row: IdempotentAnswer):
    return IdempotentAnswer.objects.filter(pk=row.pk, status=None, lease_until=row.lease_until)


def _replay(row: IdempotentAnswer) -> HttpResponse:
    headers = row.headers | {REPLAYED: "true"}
    return HttpResponse(
        row.body, status=row.status, content_type="application/json", headers=headers
    )


def idempotency_purge() -> int:
    """Deletes answers older than 30 days, some at a time; returns how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=clock.now() - KEPT)
    found = list(old.values_list("pk", flat=True)[:MOST_PURGED])
    # Without the list a sweep that finds nothing would take the database's write lock.
    return IdempotentAnswer.objects.filter(pk__in=found).delete()[0] if found else 0
