"""Header passing between the visitor's browser and Sitecore, in both directions: the one policy.

Up go the visitor's cookies except Django's own, the user agent, the referrer and the one
address that the visitor has; down go all of Sitecore's cookies. What passes is Sitecore's
rule for rendering hosts ("Header Passing" in the JSS documentation, ``WithTracking()`` of
the ASP.NET Core SDK).
"""

from jss_layout.headers.addresses import client_address
from jss_layout.headers.cookies import split_cookies
from jss_layout.headers.down import mark_private, relay_cookies
from jss_layout.headers.page_views import carries_analytics, is_page_view, is_prefetch
from jss_layout.headers.up import headers_up, headers_up_for_all

__all__ = [
    "carries_analytics",
    "client_address",
    "headers_up",
    "headers_up_for_all",
    "is_page_view",
    "is_prefetch",
    "mark_private",
    "relay_cookies",
    "split_cookies",
]
