"""Settings of the sample site, from environment variables and ``.env`` (see ``docs/settings.md``).

A real environment variable wins over a line in ``.env``. What is unsafe on the internet is
a default in ``DEBUG`` only.
"""

import re
import warnings
from pathlib import Path
from typing import Any

import environ
from corsheaders.defaults import default_headers
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """The environment, which names the variable whose value does not fit."""

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        """The value, or ``ImproperlyConfigured``."""
        try:
            return super().get_value(var, *args, **options)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} in the environment: {error}.") from error

    def float(self, var: str, **options: Any) -> Any:
        """A number as Python writes it; django-environ drops letters, and reads 13 in ``1e3``."""
        return self.get_value(var, cast=lambda text: float(text), **options)

    def cache(self, var: str, **options: Any) -> Any:
        """Django's ``CACHES`` entry of a URL, or ``ImproperlyConfigured``."""
        try:
            return self.cache_url(var, **options)
        except ImproperlyConfigured as error:
            raise ImproperlyConfigured(
                f"{var} names no kind of cache that Django knows. Write it as "
                "redis://host:6379/0 or locmemcache://."
            ) from error


env = Environment()
if env.bool("JSS_READ_DOT_ENV", default=True):
    env.read_env(BASE_DIR / ".env")

# Django

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="django-insecure-development-only" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if not DEBUG and not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set the environment variable, or the line in .env, to a long "
        "random text; `make .env` writes one. Only DEBUG=true does without."
    )
if not DEBUG and not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Name the hosts that this site answers for, as in "
        "ALLOWED_HOSTS=www.example.com,example.com. Only DEBUG=true does without."
    )
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "jss_layout",
    "jss_layout.sxa",
    "jss_tracking",
    "jss_site.styleguide",
]
MIDDLEWARE = [
    "jss_layout.middleware.KnownHostMiddleware",
    "jss_layout.middleware.PublicPageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "jss_site.admin_language.AdminLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "jss_layout.middleware.LightAuthenticationMiddleware",
    "jss_layout.middleware.LazyMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jss_tracking.middleware.TrackerMiddleware",
]
if DEBUG and env.bool("DEBUG_TOOLBAR", default=False):
    INSTALLED_APPS += ["debug_toolbar"]
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]
    DEBUG_TOOLBAR_PANELS = [
        "jss_tracking.panels.TrackingPanel",
        "jss_layout.panels.MemoPanel",
        "debug_toolbar.panels.timer.TimerPanel",
        "debug_toolbar.panels.sql.SQLPanel",
    ]
ROOT_URLCONF = "jss_site.urls"
WSGI_APPLICATION = "jss_site.wsgi.application"
ASGI_APPLICATION = "jss_site.asgi.application"
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
            ],
        },
    },
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Storage

DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    "django.db.backends.sqlite3": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    },
    # Seconds; without, a server that nothing is heard of holds a worker for minutes.
    "django.db.backends.postgresql": {"connect_timeout": 5},
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of one with a scheme unknown, which shows its password
    DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if "." not in DATABASES["default"].get("ENGINE", ""):
    raise ImproperlyConfigured(
        "DATABASE_URL names no kind of database that Django knows. Write it as "
        "postgres://user:password@host/name or sqlite:///path/to/file."
    )
for engine, options in DATABASE_OPTIONS.items():
    if DATABASES["default"]["ENGINE"] == engine:
        DATABASES["default"]["OPTIONS"] = options | DATABASES["default"].get("OPTIONS", {})
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "jss_site" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "jss_tracking.finders.TrackerScriptFinder",
]
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "static_root"))
# `check --deploy` says so, with the way out.
warnings.filterwarnings("ignore", message="No directory at: ", module="django")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "jss_site.static_files.StaticFilesStorage"
    },
}

# HTTPS; a deployment on plain HTTP says SECURE_SSL_REDIRECT=false

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
# Whoever asks for health asks this process itself, and takes a redirect for good health.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = env.tuple("SECURE_PROXY_SSL_HEADER", default=None)
SECURE_HSTS_SECONDS = env.int(
    "SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60 if SECURE_SSL_REDIRECT else 0
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=SECURE_SSL_REDIRECT)
CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", default=SECURE_SSL_REDIRECT)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# CORS: which origins may call is kept with the API keys (see ``jss_layout.api_keys``)

TRACKER_SERVICE_PATH = env.str("TRACKER_SERVICE_PATH", default="sitecore/api/jss/track")
CORS_URLS_REGEX = rf"^/(sitecore/api|{re.escape(TRACKER_SERVICE_PATH)})/"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ("GET", "POST", "OPTIONS")
CORS_ALLOW_HEADERS = (*default_headers, "sc-apikey", "sc_apikey")
CORS_EXPOSE_HEADERS = ("Retry-After",)

# Sitecore

JSS_MODE = env.str("JSS_MODE", default="disconnected")
FETCH_WITH = env.str("FETCH_WITH", default="REST")
SITECORE_API_HOST = env.str("SITECORE_API_HOST", default="")
SITECORE_API_KEY = env.str("SITECORE_API_KEY", default="")
SITECORE_SITE_NAME = env.str("SITECORE_SITE_NAME", default="website")
SITECORE_SITE_HOST_NAMES = env.list("SITECORE_SITE_HOST_NAMES", default=[])
SITECORE_ENABLE_TRACKING = env.bool("SITECORE_ENABLE_TRACKING", default=True)
SITECORE_CA_BUNDLE = env.str("SITECORE_CA_BUNDLE", default="")
SITECORE_PROXY = env.str("SITECORE_PROXY", default="")
LAYOUT_SOURCE = env.str("LAYOUT_SOURCE", default="")
LAYOUT_TRANSPORT = env.str("LAYOUT_TRANSPORT", default="requests")
LAYOUT_SERVICE_CONFIGURATION = env.str("LAYOUT_SERVICE_CONFIGURATION", default="jss")
LAYOUT_SERVICE_TRACKING = env.bool("LAYOUT_SERVICE_TRACKING", default=True)
LAYOUT_SERVICE_TIMEOUT = env.float("LAYOUT_SERVICE_TIMEOUT", default=10)
LAYOUT_SERVICE_CONNECT_TIMEOUT = env.float("LAYOUT_SERVICE_CONNECT_TIMEOUT", default=3)
LAYOUT_SERVICE_READ_TIMEOUT = env.float(
    "LAYOUT_SERVICE_READ_TIMEOUT", default=LAYOUT_SERVICE_TIMEOUT
)
WORKER_THREADS = env.int("WORKER_THREADS", default=0)
SITECORE_MAX_CALLS = env.int("SITECORE_MAX_CALLS", default=None)
SITECORE_MAX_MEDIA_CALLS = env.int("SITECORE_MAX_MEDIA_CALLS", default=None)
SITECORE_MAX_WAIT = env.float("SITECORE_MAX_WAIT", default=0.5)
SITECORE_CIRCUIT_FAILURES = env.int("SITECORE_CIRCUIT_FAILURES", default=5)
SITECORE_CIRCUIT_SECONDS = env.float("SITECORE_CIRCUIT_SECONDS", default=5)
LAYOUT_SNAPSHOT = env.bool("LAYOUT_SNAPSHOT", default=False)
LAYOUT_SNAPSHOT_INTERVAL = env.float("LAYOUT_SNAPSHOT_INTERVAL", default=600)
LAYOUT_SNAPSHOT_MAX_AGE = env.float("LAYOUT_SNAPSHOT_MAX_AGE", default=24 * 60 * 60)
LAYOUT_MEMO_BYTES = env.int("LAYOUT_MEMO_BYTES", default=64 * 1024 * 1024)
RELAY_MAX_BODY_BYTES = env.int("RELAY_MAX_BODY_BYTES", default=10 * 1024 * 1024)
LAYOUT_SERVICE_MAX_BYTES = env.int("LAYOUT_SERVICE_MAX_BYTES", default=10 * 1024 * 1024)
LAYOUT_SERVICE_QUERY_PARAMETERS = env.list(
    "LAYOUT_SERVICE_QUERY_PARAMETERS", default=["sc_camp", "sc_trk"]
)
TRACKER_SERVICE_ENABLED = env.bool("TRACKER_SERVICE_ENABLED", default=False)
TRACKER_SCRIPT = env.str("TRACKER_SCRIPT", default="jss_tracking/tracker.js")
TRACKING_EXPLICIT_CONSENT = env.bool("TRACKING_EXPLICIT_CONSENT", default=False)
EVENT_DELIVERY = env.str("EVENT_DELIVERY", default="thread")
EVENT_DELIVERY_THREADS = env.int("EVENT_DELIVERY_THREADS", default=4)
CELERY_APP = "jss_site.celery.app" if EVENT_DELIVERY == "celery" else ""
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_TASK_DEFAULT_QUEUE", default="celery")
CELERY_BROKER_CONNECTION_TIMEOUT = 1  # a visitor waits while a task is published
CELERY_BEAT_SCHEDULE = {"deliver": {"task": "jss_tracking.deliver_events", "schedule": 5.0}}
JSS_DATA_DIR = env.str("JSS_DATA_DIR", default=str(BASE_DIR / "data"))
JSS_LANGUAGE_FALLBACK = env.bool("JSS_LANGUAGE_FALLBACK", default=True)
PAGE_MAX_AGE = env.int("PAGE_MAX_AGE", default=0)
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Languages

DEFAULT_LANGUAGE = env.str("DEFAULT_LANGUAGE", default="en")
JSS_LANGUAGES = env.list("JSS_LANGUAGES", default=["en", "da"])
# The admin's; Django starts in none that it has no translation for, and Sitecore has more.
LANGUAGE_CODE = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE.partition("-")[0] in LANG_INFO else "en"
LANGUAGES = [(code, code) for code in dict.fromkeys([DEFAULT_LANGUAGE, *JSS_LANGUAGES])]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# Logging; nothing below INFO, since a library's debug lines may hold what is secret

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "filters": {"mask_secrets": {"()": "jss_layout.log_filters.MaskSecrets"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["mask_secrets"],
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # It warns of each HEAD, of whose answer it drops the body, as all servers do.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
