"""SXA's components as templates: an app to install beside ``jss_layout``.

Class names and placeholders are those of Sitecore's headless SXA samples, so that a theme
written for SXA fits.
"""
