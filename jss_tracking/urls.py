"""Addresses of the tracker, where clients of Sitecore's JSS Tracker look for it."""

from django.urls import path, re_path, register_converter

from jss_tracking import views, visitor_views
from jss_tracking.identification import FILES, FOLDER
from jss_tracking.trackers import tracker_class


class IdentificationFile:
    """The files of visitor identification, in any case, while this host keeps the visits.

    Elsewhere they are no address of this app, so that whatever stands after it answers.
    """

    regex = "(?i:{})".format("|".join((FOLDER + file).replace(".", r"\.") for file in FILES))

    def to_python(self, value: str) -> str:
        """Raises ``ValueError``, which is no match, where Sitecore keeps the visits."""
        if tracker_class().conduit:
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(IdentificationFile, "jss_identification_file")

app_name = "jss_tracking"
urlpatterns = [
    re_path(r"^sitecore/api/jss/track/event/?$", views.track_event, name="track_event"),
    re_path(r"^sitecore/api/jss/track/flush/?$", views.flush, name="flush"),
    path("sitecore/api/jss/track/consent", visitor_views.consent, name="consent"),
    path(
        "<jss_identification_file:file>",
        visitor_views.visitor_identification,
        name="visitor_identification",
    ),
]
