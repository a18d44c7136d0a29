"""Rich text without what a site does not want in it."""

from functools import cache

import nh3
from django.core.signals import setting_changed

from jss_layout.conf import conf


def cleaned(html: str) -> str:
    """The HTML by ``JSS_RICH_TEXT_POLICY``; as it stands where that is None."""
    by_policy = cleaner()
    return by_policy.clean(html) if by_policy else html


# Optimization: made once; a setting that is not set takes longest to look up.
@cache
def cleaner() -> nh3.Cleaner | None:
    """nh3 with the site's policy, if there is one; links get no ``rel`` unless it names one.

    Raises ``TypeError`` or ``ValueError`` for a policy that nh3 does not understand.
    """
    policy = conf.JSS_RICH_TEXT_POLICY
    return None if policy is None else nh3.Cleaner(**{"link_rel": None, **policy})


def _forget(**_: object) -> None:
    cleaner.cache_clear()


setting_changed.connect(_forget)
