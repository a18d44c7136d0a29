"""Addresses of the app; the catch-all page stands last."""

from django.urls import path, re_path

from jss_layout import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    re_path(r"", views.page, name="page"),
]
