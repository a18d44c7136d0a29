"""The tags of ``{% load jss_tracking %}`` may stand in components that are remembered."""

from jss_layout import components

# They see what a component sees, and note the key of the page's site as read.
components.register_pure("jss_tracking.templatetags.jss_tracking")
