"""Stands after ``jss_tracking``, so that its receiver runs once the page view is recorded."""

from django.apps import AppConfig


class VisitConfig(AppConfig):
    """Connects the receiver."""

    name = "tests.end_to_end.visit"

    def ready(self) -> None:
        """Work of start-up."""
        from tests.end_to_end.visit import receivers  # noqa: F401
