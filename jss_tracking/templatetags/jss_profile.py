"""What the pages of the Experience Profile print. ``{% load jss_profile %}``"""

from datetime import timedelta

from django import template
from django.utils.translation import gettext

from jss_tracking.profile.reasons import reason

register = template.Library()
register.filter(reason)


@register.filter
def spent(duration: timedelta | None) -> str:
    """A time that was spent, as people say it: ``3 min 05 s``; ``""`` where it is not over."""
    if duration is None:
        return ""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        values = {"minutes": minutes, "seconds": seconds}
        return gettext("%(minutes)d min %(seconds)02d s") % values
    return gettext("%(seconds)d s") % {"seconds": seconds}
