"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class JssTrackingConfig(AppConfig):
    """Connects receivers and checks, and imports each app's ``jss_tracking_processors.py``."""

    name = "jss_tracking"

    def ready(self) -> None:
        """Work of start-up."""
        from jss_tracking import checks, consent, database_checks, definition_files, receivers  # noqa: F401

        post_migrate.connect(definition_files.after_migrate, sender=self)
        autodiscover_modules("jss_tracking_processors")
