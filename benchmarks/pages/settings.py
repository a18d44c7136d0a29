"""The sample site's settings, all middleware included, with the benchmark's templates."""

from pathlib import Path

from jss_site.settings import *  # noqa: F403
from jss_site.settings import LOGGING, TEMPLATES

TEMPLATES = [TEMPLATES[0] | {"DIRS": [Path(__file__).parent / "templates"]}]
# As the peers: no line in the log for a page or a call.
LOGGING = LOGGING | {"root": {"handlers": ["console"], "level": "WARNING"}}
