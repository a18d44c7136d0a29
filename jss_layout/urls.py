"""Addresses of the app; the catch-all page stands last."""

from django.urls import include, path, re_path

from jss_layout import exposition, views
from jss_layout.proxy import relay_urlpatterns
from jss_layout.services import service_urlpatterns

# What the addresses of all but pages begin with; folders of relays and services in any case.
NO_PAGE = r"healthz|readyz|metrics|(?i:[-~]/|api/|data/|layouts/|sitecore/)"

urlpatterns = [
    # Optimization: a page's address is looked at once, and not by each of them.
    re_path(
        rf"^(?={NO_PAGE})",
        include(
            [
                path("healthz", views.healthz, name="healthz"),
                path("readyz", views.readyz, name="readyz"),
                path("metrics", exposition.metrics, name="metrics"),
                *relay_urlpatterns,
                *service_urlpatterns,
            ]
        ),
    ),
    re_path(r"", views.page, name="page"),
]
