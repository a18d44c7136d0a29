"""The sample site with this app."""

from jss_site.settings import *  # noqa: F403
from jss_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.end_to_end.visit"]
