"""A small shop: an app that adds to a site through the public API alone.

Two components, one with a data function (``jss_components.py``) and one that is a template
and nothing else, and a processor for events of its own (``jss_tracking_processors.py``).
"""
