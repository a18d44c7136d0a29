"""App configuration."""

from django.apps import AppConfig


class JssLayoutConfig(AppConfig):
    """Registers the app with Django."""

    name = "jss_layout"
