"""The sample site as in production, but for style sheets, which nobody here looks at."""

from jss_site.settings import *  # noqa: F403
from jss_site.settings import STORAGES

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
