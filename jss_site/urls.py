"""Addresses of the sample site; the catch-all page stands last."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from jss_layout import urls as pages
from jss_site.visit import recorded_events

urlpatterns = [
    path("admin", RedirectView.as_view(pattern_name="admin:index", query_string=True)),
    path("admin/", admin.site.urls),
    path("recorded-events", recorded_events, name="recorded_events"),
    path("", include("jss_tracking.urls")),
    *pages.urlpatterns,  # as path("", include("jss_layout.urls")), one step less for each page
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns = [*debug_toolbar_urls(), *urlpatterns]
