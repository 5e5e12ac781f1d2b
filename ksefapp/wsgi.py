"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
application = get_wsgi_application()

from ksefapp.accounts.sealed import keys_verify  # noqa: E402 models need the loaded applications

keys_verify()
