"""Addresses of the tracker, where clients of Sitecore's JSS Tracker look for it."""

from django.urls import re_path

from jss_tracking import views

app_name = "jss_tracking"
urlpatterns = [
    re_path(r"^sitecore/api/jss/track/event/?$", views.track_event, name="track_event"),
    re_path(r"^sitecore/api/jss/track/flush/?$", views.flush, name="flush"),
]
