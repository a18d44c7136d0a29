"""Addresses of the tracker, where clients of Sitecore's JSS Tracker look for it."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, include, path, re_path, register_converter

from jss_tracking import views, visitor_views
from jss_tracking.conf import SERVICE_PATH, conf
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


def tracker_urlpatterns() -> list[URLPattern]:
    """The tracker's addresses: under the stock path, and under the one that pages use.

    Of several addresses of one name ``reverse`` takes the last.
    """
    return [*_service_urlpatterns(SERVICE_PATH), *_service_urlpatterns(conf.TRACKER_SERVICE_PATH)]


def _service_urlpatterns(folder: str) -> Iterator[URLPattern]:
    event, flush = (rf"^{re.escape(folder)}/{action}/?$" for action in ("event", "flush"))
    yield re_path(event, views.track_event, name="track_event")
    yield re_path(flush, views.flush, name="flush")
    yield path(f"{folder}/consent", visitor_views.consent, name="consent")


app_name = "jss_tracking"
_FOLDERS = "|".join(map(re.escape, (SERVICE_PATH, conf.TRACKER_SERVICE_PATH, FOLDER)))
urlpatterns = [
    # Optimization: a page's address is looked at once, and not by each of them.
    re_path(
        rf"^(?=(?i:{_FOLDERS}))",
        include(
            [
                *tracker_urlpatterns(),
                path(
                    "<jss_identification_file:file>",
                    visitor_views.visitor_identification,
                    name="visitor_identification",
                ),
            ]
        ),
    ),
]
