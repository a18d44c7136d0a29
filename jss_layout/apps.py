"""App configuration."""

import logging

from django.apps import AppConfig
from django.core.signals import request_finished
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JssLayoutConfig(AppConfig):
    """Registers the app with Django, and what listens to it."""

    name = "jss_layout"
    verbose_name = _("Sitecore sites")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, follow changes in the admin, answer CORS, hide keys in logs."""
        from corsheaders.signals import check_request_enabled

        from jss_layout import api_keys, checks, component_checks, key_rows, sites  # noqa: F401
        from jss_layout.headers import checks as header_checks  # noqa: F401
        from jss_layout.log_filters import MaskSecrets
        from jss_layout.models import ApiKey, Site
        from jss_layout.sources.disconnected import checks as content_checks  # noqa: F401

        autodiscover_modules("jss_components")
        sites.site_rows.watch(Site)
        key_rows.key_rows.watch(Site, ApiKey, ApiKey.sites.through)
        check_request_enabled.connect(api_keys.allow_origin)
        request_finished.connect(key_rows.write_last_used)
        for name in ("django.server", "urllib3.connectionpool"):
            # These two write down addresses with their query, whoever handles their lines.
            logging.getLogger(name).addFilter(MaskSecrets())
