"""The sample site's settings, independent of any environment, with the shop installed.

``TEST_DATABASE_URL`` names another database server than SQLite to run the tests on.
"""

import os

import environ

os.environ.pop("REQUESTS_CA_BUNDLE", None)
environ.Env.ENVIRON = {
    "JSS_READ_DOT_ENV": "false",
    "SECRET_KEY": "tests",
    "ALLOWED_HOSTS": "*",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:"),
    "SECURE_SSL_REDIRECT": "false",
}

from jss_site.settings import *  # noqa: E402, F403
from jss_site.settings import INSTALLED_APPS, LOGGING, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.shop", "tests.shop.logins", "tests.customers"]
# Every record is made, for the net in conftest.py; pytest shows those of a test that failed.
LOGGING = LOGGING | {"root": {"handlers": [], "level": "DEBUG"}}
# No thread of a test's own works on after it.
EVENT_DELIVERY = "command"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
