"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JssTrackingConfig(AppConfig):
    """Connects receivers and checks, and imports each app's ``jss_tracking_processors.py``."""

    name = "jss_tracking"

    def ready(self) -> None:
        """Work of start-up."""
        from jss_tracking import checks, consent, receivers  # noqa: F401

        autodiscover_modules("jss_tracking_processors")
