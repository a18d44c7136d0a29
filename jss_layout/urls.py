"""Addresses of the app; the catch-all page stands last."""

from django.urls import path, re_path

from jss_layout import exposition, views
from jss_layout.proxy import relay_urlpatterns
from jss_layout.services import service_urlpatterns

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", exposition.metrics, name="metrics"),
    *relay_urlpatterns,
    *service_urlpatterns,
    re_path(r"", views.page, name="page"),
]
