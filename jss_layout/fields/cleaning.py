"""Rich text without what a site does not want in it."""

from functools import cache

import nh3
from django.core.signals import setting_changed

from jss_layout.conf import conf


def cleaned(html: str) -> str:
    """The HTML by ``JSS_RICH_TEXT_POLICY``; as it stands where that is None."""
    return html if conf.JSS_RICH_TEXT_POLICY is None else cleaner().clean(html)


@cache
def cleaner() -> nh3.Cleaner:
    """nh3 with the site's policy; links get no ``rel`` unless it names one.

    Raises ``TypeError`` or ``ValueError`` for a policy that nh3 does not understand.
    """
    return nh3.Cleaner(**{"link_rel": None, **(conf.JSS_RICH_TEXT_POLICY or {})})


def _forget(**_: object) -> None:
    cleaner.cache_clear()


setting_changed.connect(_forget)
