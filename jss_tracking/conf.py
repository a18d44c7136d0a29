"""Every setting of ``jss_tracking``: name, type, default. Read when used, never stored."""

from typing import Any

from django.conf import settings

from jss_layout.conf import conf as layout_conf


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


class Conf:
    """Django's settings with this app's defaults; a property a setting."""

    @property
    def TRACKER_SERVICE_ENABLED(self) -> bool:
        """Whether this host answers the tracker's addresses and the tags emit anything."""
        return bool(_setting("TRACKER_SERVICE_ENABLED", False))

    @property
    def TRACKER(self) -> str:
        """Dotted path of a ``Tracker``; follows ``JSS_MODE`` unless set."""
        return _setting("TRACKER", "") or TRACKERS[layout_conf.JSS_MODE]

    @property
    def TRACK_EVENT_PROCESSORS(self) -> tuple[str, ...]:
        """Dotted paths of the ``trackEvent`` pipeline's processors, in order."""
        return tuple(_setting("TRACK_EVENT_PROCESSORS", PROCESSORS))

    @property
    def TRACK_EVENT_MAX_BYTES(self) -> int:
        """Largest body that the tracker's endpoint reads."""
        return int(_setting("TRACK_EVENT_MAX_BYTES", 512 * 1024))

    @property
    def TRACK_EVENT_MAX_BATCH(self) -> int:
        """Most events that one request may hold."""
        return int(_setting("TRACK_EVENT_MAX_BATCH", 500))

    @property
    def TRACK_EVENT_PARTIAL_STATUS(self) -> int:
        """Status of a batch of which only a part was tracked: 200, 207 or 400."""
        return int(_setting("TRACK_EVENT_PARTIAL_STATUS", 200))

    @property
    def TRACKING_SESSION_TIMEOUT(self) -> int:
        """Seconds without any event after which an interaction is over."""
        return int(_setting("TRACKING_SESSION_TIMEOUT", 20 * 60))

    @property
    def TRACKING_ROBOT_SESSION_TIMEOUT(self) -> int:
        """The same for an interaction of a robot."""
        return int(_setting("TRACKING_ROBOT_SESSION_TIMEOUT", 60))

    @property
    def TRACKING_KEEP_ROBOTS(self) -> bool:
        """Whether a robot's interaction is kept once it is over."""
        return bool(_setting("TRACKING_KEEP_ROBOTS", False))

    @property
    def TRACKING_EXPLICIT_CONSENT(self) -> bool:
        """Whether nobody is tracked before they agreed."""
        return bool(_setting("TRACKING_EXPLICIT_CONSENT", False))

    @property
    def TRACKING_RESPECT_GPC(self) -> bool:
        """Whether ``Sec-GPC: 1`` stands for a visitor who refuses, unless they agreed."""
        return bool(_setting("TRACKING_RESPECT_GPC", True))

    @property
    def TRACKING_RESPECT_DNT(self) -> bool:
        """Whether ``DNT: 1`` does."""
        return bool(_setting("TRACKING_RESPECT_DNT", False))

    @property
    def TRACKING_GATE(self) -> str:
        """Dotted path of ``(request) -> bool``: False forbids tracking; ``""``: none."""
        return str(_setting("TRACKING_GATE", ""))

    @property
    def TRACKING_SHORTEN_ADDRESSES(self) -> bool:
        """Whether of a visitor's IP address only the network is kept."""
        return bool(_setting("TRACKING_SHORTEN_ADDRESSES", True))

    @property
    def TRACKING_CREATE_DEFINITIONS(self) -> bool:
        """Whether an unknown event, goal, outcome or campaign gets a definition."""
        return bool(_setting("TRACKING_CREATE_DEFINITIONS", False))


TRACKERS = {
    "disconnected": "jss_tracking.trackers.database.DatabaseTracker",
    "connected": "jss_tracking.trackers.sitecore.SitecoreTracker",
}

PROCESSORS = (
    "jss_tracking.processors.EventProcessor",
    "jss_tracking.processors.GoalProcessor",
    "jss_tracking.processors.OutcomeProcessor",
    "jss_tracking.processors.CampaignProcessor",
    "jss_tracking.processors.PageViewProcessor",
)

conf = Conf()
