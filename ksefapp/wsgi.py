"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
application = get_wsgi_application()

from django.db import connections  # noqa: E402

from ksefapp.accounts.sealed import keys_verify  # noqa: E402 models need the loaded applications

keys_verify()
connections.close_all()  # a connection made before a fork must not be shared after it
