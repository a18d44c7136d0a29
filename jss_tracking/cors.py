"""Which pages of other hosts may read the tracker's answers under the site's own name for it.

What is under Sitecore's names is ``jss_layout.api_keys``' to allow.
"""

from corsheaders.signals import check_request_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from jss_layout.api_keys import origin_is_listed
from jss_tracking.conf import conf


@receiver(check_request_enabled, dispatch_uid="jss_tracking.allow_origin")
def allow_origin(request: HttpRequest, **_: object) -> bool:
    """Whether the request goes to ``TRACKER_SERVICE_PATH``, from an origin that a key lists."""
    own = request.path_info.startswith(f"/{conf.TRACKER_SERVICE_PATH}/")
    return own and origin_is_listed(request)
