"""Contacts, their interactions and events to look at; definitions to edit.

What visitors did is evidence, so nothing of it is added or changed by hand. It goes only as a
whole: by erasing the contact.
"""

from jss_tracking.admin.contacts import ContactAdmin
from jss_tracking.admin.definitions import DefinitionAdmin
from jss_tracking.admin.interactions import InteractionAdmin

__all__ = ["ContactAdmin", "DefinitionAdmin", "InteractionAdmin"]
