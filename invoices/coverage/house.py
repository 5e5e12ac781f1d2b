"""The application on a database of its own that is gone afterwards, and somebody at its pages.

Nothing of the configured database is read or written: it need not even exist.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test import Client
from django.test.utils import override_settings

from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role

NIP = "5265877635"
_MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
_OWN_SETTINGS = {
    "ALLOWED_HOSTS": ["testserver"],
    "SECURE_SSL_REDIRECT": False,
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
}


@contextmanager
def temporary_house(*, expert: bool = False) -> Iterator[tuple[Client, Company]]:
    """A logged-in browser and its company; `expert` is a person with the full form."""
    with _database(), override_settings(**_OWN_SETTINGS), _quiet():
        call_command("migrate", verbosity=0, interactive=False)
        user = User.objects.create_user("proof@ksefapp.example", preferences={"expert": expert})
        company = Company.objects.create(nip=NIP, name="Próba sp. z o.o.", address_l1="Prosta 1")
        Membership.objects.create(user=user, company=company, role=Role.OWNER)
        # A page that breaks is an outcome like any other: the visit goes on.
        client = Client(raise_request_exception=False)
        client.force_login(user)
        yield client, company


@contextmanager
def _database() -> Iterator[None]:
    """Another connection under the name "default", for this thread only."""
    configured = connections["default"]
    connections["default"] = ConnectionHandler({"default": _MEMORY})["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = configured


@contextmanager
def _quiet() -> Iterator[None]:
    """What a page answers is a finding here, not an event of a server."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
