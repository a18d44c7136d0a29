"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JssTrackingConfig(AppConfig):
    """Connects receivers and checks, and imports each app's ``jss_tracking_processors.py``."""

    name = "jss_tracking"
    verbose_name = _("Experience Profile")

    def ready(self) -> None:
        """Work of start-up."""
        from jss_tracking import (  # noqa: F401
            checks,
            consent,
            cors,
            database_checks,
            definition_files,
            delivery_checks,
            delivery_receivers,
            receivers,
        )
        from jss_tracking.profile import figures  # noqa: F401

        post_migrate.connect(definition_files.after_migrate, sender=self)
        autodiscover_modules("jss_tracking_processors")
