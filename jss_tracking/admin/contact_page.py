"""What a contact's page shows."""

from typing import Any

from django.core.paginator import Paginator

from jss_tracking.models import Contact
from jss_tracking.profile.contact import VISITS_AT_ONCE, profile, time_line, visits_of
from jss_tracking.profile.facets import facets


def contact_page(contact: Contact, viewer: Any, page: str | None) -> dict[str, Any]:
    """The contact's profile, its facets as far as the viewer may see them, a page of visits."""
    visits = Paginator(visits_of(contact), VISITS_AT_ONCE).get_page(page)
    return {
        "contact": contact,
        "profile": profile(contact),
        "facets": facets(contact, viewer),
        "visits": visits,
        "time_line": time_line(visits.object_list),
    }
