"""The real settings with a data directory of its own, fast passwords and no manifest.

The database is a file, because threads with an in-memory SQLite do not lock as they do in
earnest. `DB_ENGINE=postgresql` and the other `DB_*` run the same tests on a real server.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = tempfile.mkdtemp(prefix="ksefapp-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["KSEF_DATA_DIR"] = _data

from ksefapp.settings import *  # noqa: E402, F403
from ksefapp.settings import DATABASES  # noqa: E402

DEBUG = False
# Nobody listens here, so that no test can talk to a demo that runs on this machine.
KSEF_SIMULATOR_URL = "http://127.0.0.1:9"
# Nor with a register of the real world.
KSEF_WHITELIST_URL = KSEF_VIES_URL = KSEF_NBP_URL = ""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = str(Path(_data) / "db.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_data) / "test.sqlite3")}
    # The tests lose nothing when the machine loses power.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
