"""A call to Sitecore's tracker service.

Addresses: Sitecore's JSS Tracker, ``POST /sitecore/api/jss/track/event?sc_apikey=…``.
"""

import logging
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from jss_layout import sitecore
from jss_layout.exceptions import LayoutServiceError
from jss_layout.sites import SiteDefinition
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome, of_failure, of_response

logger = logging.getLogger(__name__)

EVENT_PATH = "/sitecore/api/jss/track/event"
FLUSH_PATH = "/sitecore/api/jss/track/flush"
# Of the browser's query only these pass up; the site and its key are this host's to name.
QUERY_PARAMETERS = ("sc_camp", "sc_trk", "sc_lang")


def post(
    site: SiteDefinition, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Post a JSON array in the visitor's name; whatever happens, it is an answer.

    ``query`` is what ``passing_query`` made, ``headers`` are the visitor's.
    """
    key = urlencode([("sc_apikey", site.api_key), ("sc_site", site.name)])
    url = f"{site.sitecore_host}{path}?{key}" + (f"&{query}" if query else "")
    json = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer = of_response(sitecore.send("POST", url, {**headers, **json}, body))
    except LayoutServiceError as error:
        answer = of_failure(error)
    _log(answer)
    return answer


def passing_query(query: Iterable[tuple[str, str]]) -> str:
    """What of the browser's query passes up, encoded."""
    return urlencode([(key, value) for key, value in query if key in QUERY_PARAMETERS])


def _log(answer: Answer) -> None:
    """Say what went wrong, and the way out; what the call itself met is logged by ``sitecore``."""
    if answer.outcome is DeliveryOutcome.REFUSED:
        logger.error("%s%s", answer.reason, HINTS.get(answer.status or 0, ""))
    elif answer.outcome is not DeliveryOutcome.DELIVERED:
        logger.warning("Events were not delivered: %s", answer.reason)


HINTS = {
    401: " It wants an API key; see the site's API key in the admin, or SITECORE_API_KEY.",
    403: " The site's API key does not open the tracker, or does not list this origin.",
    404: " Its tracker is off; set Sitecore.JSS.TrackerServiceEnabled to true there.",
}
