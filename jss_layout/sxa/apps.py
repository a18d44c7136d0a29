"""App configuration."""

from django.apps import AppConfig


class SxaConfig(AppConfig):
    """Brings templates, tags and a small style sheet; there is nothing to start."""

    name = "jss_layout.sxa"
    label = "jss_layout_sxa"
    verbose_name = "SXA components"
