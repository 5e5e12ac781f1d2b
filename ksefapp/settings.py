"""One settings file, read from the environment by the typed helpers of `ksefapp.env`.

Every variable has a row in docs/configuration.md; a test compares the two.
"""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from ksefapp import keys
from ksefapp.env import env_bool, env_date, env_int, env_list, env_str

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
SOFTWARE_NAME = f"ksefapp {VERSION}"

# --- Where data lives -----------------------------------------------------------------------
KSEF_DATA_DIR = Path(env_str("KSEF_DATA_DIR", str(BASE_DIR / "var"))).resolve()
# Its database holds sessions and people's data: nobody else on the machine reads them.
KSEF_DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

_secret = keys.secret_key_load(KSEF_DATA_DIR)
_django = keys.django_key_load(KSEF_DATA_DIR)
SECRET_KEY = _django.text
KEYRING = keys.keyring_of(_secret)
KSEF_KEYS_FROM_OUTSIDE = _secret.from_outside and _django.from_outside

# --- How it is reached ----------------------------------------------------------------------
DEBUG = env_bool("KSEF_DEBUG")
KSEF_SITE_URL = env_str("KSEF_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(KSEF_SITE_URL)
KSEF_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env_list("KSEF_ALLOWED_HOSTS", f"{_site.hostname},localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [KSEF_SITE_URL]
KSEF_BEHIND_PROXY = env_bool("KSEF_BEHIND_PROXY")
if KSEF_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Else all people would share one limit of failed logins: the proxy's.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = KSEF_HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * env_int("KSEF_SESSION_HOURS", 12)
SECURE_SSL_REDIRECT = KSEF_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31_536_000 if KSEF_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = KSEF_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "ksefapp.ui.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000  # a 3 MB invoice as a form, letters percent-encoded
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "ksefapp.ui",
    "ksefapp.accounts",
    "ksefapp.notify",
    "ksefapp.api",
    "auth_ksef",
    "offline",
    "invoices",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ksefapp.middleware.ContentSecurityPolicy",
    "ksefapp.middleware.BodyReadToEnd",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ksefapp.middleware.LanguageByChoice",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "ksefapp.urls"
WSGI_APPLICATION = "ksefapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ksefapp.accounts.context.page",
                "offline.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Database -------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if env_str("DB_ENGINE", "sqlite") == "postgresql":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": env_str("DB_NAME", "ksefapp"),
            "USER": env_str("DB_USER", "ksefapp"),
            "PASSWORD": env_str("DB_PASSWORD"),
            "HOST": env_str("DB_HOST", "127.0.0.1"),
            "PORT": env_str("DB_PORT", "5432"),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": env_str("DB_NAME", str(KSEF_DATA_DIR / "db.sqlite3")),
            # IMMEDIATE: a transaction that reads and then writes never dies of "database is
            # locked". FULL: what KSeF has accepted survives a power loss here as well.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    }

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    ]
]
ACCOUNT_ADAPTER = "ksefapp.accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "ksefapp.accounts.signup.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip,5/5m/key"}
MFA_ADAPTER = "ksefapp.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "KSeF"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are not verified: there may be no mail server
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

EMAIL_HOST = env_str("KSEF_EMAIL_HOST")
EMAIL_PORT = env_int("KSEF_EMAIL_PORT", 587)
EMAIL_HOST_USER = env_str("KSEF_EMAIL_USER")
EMAIL_HOST_PASSWORD = env_str("KSEF_EMAIL_PASSWORD")
EMAIL_USE_TLS = env_bool("KSEF_EMAIL_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env_str("KSEF_EMAIL_FROM", "ksef@localhost")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.dummy.EmailBackend"
)

# --- Languages, time, files -----------------------------------------------------------------
LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", _("polski")), ("en", _("angielski"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Warsaw"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from where they lie, never collected: no copy can be older than the code.
WHITENOISE_USE_FINDERS = True

# --- Background work ------------------------------------------------------------------------
REDIS_URL = env_str("REDIS_URL")
KSEF_BROKER_DIR = KSEF_DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "atomicfs://localhost//"
if not REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(KSEF_BROKER_DIR),
        "data_folder_out": str(KSEF_BROKER_DIR),
        "polling_interval": 0.1,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Threads, because a killed process of a forking pool may die with the pool's lock: the others
# then wait for ever, and the worker looks alive. Here whatever is killed is the whole worker.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(KSEF_DATA_DIR / "beat.db")
KSEF_SWEEP_SECONDS = env_int("KSEF_SWEEP_SECONDS", 2)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "invoices.tasks.sweep_task",
        "schedule": KSEF_SWEEP_SECONDS,
        "options": {"expires": 10},
    },
    "notices": {
        "task": "ksefapp.notify.tasks.notices_mail_task",
        "schedule": 60,
        "options": {"expires": 50},
    },
    "latarnia": {
        "task": "offline.tasks.latarnia_poll_task",
        "schedule": 5,
        "options": {"expires": 10},
    },
    "modes": {
        "task": "offline.tasks.modes_sweep_task",
        "schedule": 5,
        "options": {"expires": 10},
    },
    "network": {
        "task": "offline.tasks.network_check_task",
        "schedule": 20,
        "options": {"expires": 20},
    },
    "access": {
        "task": "auth_ksef.tasks.access_task",
        "schedule": 3,
        "options": {"expires": 10},
    },
    "quota": {
        "task": "auth_ksef.tasks.quota_task",
        "schedule": 10 * 60,
        "options": {"expires": 10 * 60},
    },
    "certificates": {
        "task": "auth_ksef.tasks.certificates_task",
        "schedule": 5 * 60,
        "options": {"expires": 4 * 60},
    },
    "sessions": {"task": "ksefapp.accounts.tasks.sessions_clear_task", "schedule": 24 * 60 * 60},
    "answers": {"task": "ksefapp.api.tasks.idempotency_purge_task", "schedule": 60 * 60},
}

# Failed logins and used TOTP codes are counted here. A file, because a memory of each process
# would multiply the limits, and because nobody should be locked out when Redis is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(KSEF_DATA_DIR / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- KSeF -----------------------------------------------------------------------------------
KSEF_SIMULATOR_URL = env_str("KSEF_SIMULATOR_URL", "http://127.0.0.1:8100").rstrip("/")
KSEF_LATARNIA_PRODUCTION_URL = env_str(
    "KSEF_LATARNIA_PRODUCTION_URL", "https://api-latarnia.ksef.mf.gov.pl"
)
KSEF_LATARNIA_TEST_URL = env_str(
    "KSEF_LATARNIA_TEST_URL", "https://api-latarnia-test.ksef.mf.gov.pl"
)
KSEF_LATARNIA_SECONDS = env_int("KSEF_LATARNIA_SECONDS", 90)
KSEF_NETWORK_HOSTS = env_list("KSEF_NETWORK_HOSTS", "1.1.1.1:443,9.9.9.9:443,www.gov.pl:443")
KSEF_TIMEOUT_SECONDS = env_int("KSEF_TIMEOUT_SECONDS", 30)
KSEF_LEASE_SECONDS = env_int("KSEF_LEASE_SECONDS", 90)
KSEF_BATCH_FROM = env_int("KSEF_BATCH_FROM", 5)
KSEF_BATCH_MOST_INVOICES = env_int("KSEF_BATCH_MOST_INVOICES", 10_000)
KSEF_SESSION_IDLE_SECONDS = env_int("KSEF_SESSION_IDLE_SECONDS", 60)
KSEF_SLOW_VERDICT_MINUTES = env_int("KSEF_SLOW_VERDICT_MINUTES", 60)
KSEF_UNKNOWN_TELL_MINUTES = env_int("KSEF_UNKNOWN_TELL_MINUTES", 30)
KSEF_UNDECIDED_HOURS = env_int("KSEF_UNDECIDED_HOURS", 4)
KSEF_SATURDAY_IS_BUSINESS_DAY = env_bool("KSEF_SATURDAY_IS_BUSINESS_DAY")
KSEF_RENEW_DAYS = env_int("KSEF_RENEW_DAYS", 30)
KSEF_MIDNIGHT_MINUTES = env_int("KSEF_MIDNIGHT_MINUTES", 30)
KSEF_RELIEF_UNTIL = env_date("KSEF_RELIEF_UNTIL", "2026-12-31")
KSEF_TOKEN_SUNSET = env_date("KSEF_TOKEN_SUNSET", "2026-12-31", or_none=True)
KSEF_TOKEN_SUNSET_NOTE = env_str("KSEF_TOKEN_SUNSET_NOTE")

# --- Public registers; an empty address switches one off -------------------------------------
KSEF_WHITELIST_URL = env_str("KSEF_WHITELIST_URL", "https://wl-api.mf.gov.pl")
KSEF_VIES_URL = env_str("KSEF_VIES_URL", "https://ec.europa.eu/taxation_customs/vies/rest-api")
KSEF_NBP_URL = env_str("KSEF_NBP_URL", "https://api.nbp.pl")
KSEF_REGISTERS_TIMEOUT = env_int("KSEF_REGISTERS_TIMEOUT", 5)
KSEF_WHITELIST_PER_DAY = env_int("KSEF_WHITELIST_PER_DAY", 80)
KSEF_WHITELIST_CHECKS_PER_DAY = env_int("KSEF_WHITELIST_CHECKS_PER_DAY", 1000)
KSEF_VIES_PER_DAY = env_int("KSEF_VIES_PER_DAY", 500)
KSEF_NBP_PER_DAY = env_int("KSEF_NBP_PER_DAY", 500)

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["ksefapp.api.base.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "ksefapp.api.base.Pages",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ksefapp.api.base.JsonAlways",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "ksefapp.api.base.error_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ksefapp",
    "VERSION": VERSION,
    "DESCRIPTION": "FA(3) invoices: drafts, issuing, delivery to KSeF. See docs/api.md.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logs -----------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("KSEF_LOG_LEVEL", "INFO")},
    # httpx logs whole URLs and httpcore headers, the printing libraries each of their steps;
    # nobody needs those to run the house.
    "loggers": {
        name: {"level": "WARNING"} for name in ("httpx", "httpcore", "fontTools", "weasyprint")
    },
}
