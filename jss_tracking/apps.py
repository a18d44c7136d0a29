"""App configuration."""

from django.apps import AppConfig


class JssTrackingConfig(AppConfig):
    """Registers the app with Django."""

    name = "jss_tracking"
