"""The sample site's settings, independent of any environment, with the shop installed."""

import os

for name in list(os.environ):
    if name.startswith(("JSS_", "SITECORE_", "TRACKER_", "LAYOUT_")):
        del os.environ[name]
os.environ.update(DEBUG="false", SECRET_KEY="tests", ALLOWED_HOSTS="*", JSS_READ_DOT_ENV="false")

from jss_site.settings import *  # noqa: E402, F403
