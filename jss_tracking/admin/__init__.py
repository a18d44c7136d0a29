"""The Experience Profile in Django's admin, and definitions to edit.

What visitors did is evidence, so nothing of it is added or changed by hand. It goes only as a
whole: by erasing the contact.
"""

from jss_tracking.admin.contacts import ContactAdmin
from jss_tracking.admin.definitions import DefinitionAdmin
from jss_tracking.admin.delivery import QueuedBatchAdmin
from jss_tracking.admin.interactions import InteractionAdmin
from jss_tracking.admin.live import LiveAdmin
from jss_tracking.admin.overview import OverviewAdmin

__all__ = [
    "ContactAdmin",
    "DefinitionAdmin",
    "InteractionAdmin",
    "LiveAdmin",
    "OverviewAdmin",
    "QueuedBatchAdmin",
]
