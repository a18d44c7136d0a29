"""Addresses of the sample site; the catch-all page stands last."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("jss_tracking.urls")),
    path("", include("jss_layout.urls")),
]
