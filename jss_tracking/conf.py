"""Every setting of ``jss_tracking``: name, type, default. Read when used, never stored."""

from functools import cached_property

from jss_layout.conf import Settings, setting
from jss_layout.conf import conf as layout_conf


class Conf(Settings):
    """Django's settings with this app's defaults; a property a setting."""

    @cached_property
    def TRACKER_SERVICE_ENABLED(self) -> bool:
        """Whether this host answers the tracker's addresses and the tags emit anything."""
        return bool(setting("TRACKER_SERVICE_ENABLED", False))

    @cached_property
    def TRACKER_SERVICE_PATH(self) -> str:
        """Where pages find the tracker's addresses; read once, with the URLconf."""
        return str(setting("TRACKER_SERVICE_PATH", SERVICE_PATH))

    @cached_property
    def TRACKER_SCRIPT(self) -> str:
        """Static file by whose name pages load the client; its classic build is beside it."""
        return str(setting("TRACKER_SCRIPT", SCRIPT))

    @cached_property
    def TRACKER(self) -> str:
        """Dotted path of a ``Tracker``; follows ``JSS_MODE`` unless set."""
        return setting("TRACKER", "") or TRACKERS[layout_conf.JSS_MODE]

    @cached_property
    def TRACK_EVENT_PROCESSORS(self) -> tuple[str, ...]:
        """Dotted paths of the ``trackEvent`` pipeline's processors, in order."""
        return tuple(setting("TRACK_EVENT_PROCESSORS", PROCESSORS))

    @cached_property
    def TRACK_EVENT_MAX_BYTES(self) -> int:
        """Largest body that the tracker's endpoint reads."""
        return int(setting("TRACK_EVENT_MAX_BYTES", 512 * 1024))

    @cached_property
    def TRACK_EVENT_MAX_BATCH(self) -> int:
        """Most events that one request may hold."""
        return int(setting("TRACK_EVENT_MAX_BATCH", 500))

    @cached_property
    def TRACK_EVENT_MAX_RATE(self) -> int:
        """Most requests that one address may send to the endpoint in a minute; 0: any number."""
        return int(setting("TRACK_EVENT_MAX_RATE", 0))

    @cached_property
    def TRACK_EVENT_PARTIAL_STATUS(self) -> int:
        """Status of a batch of which only a part was tracked: 200, 207 or 400."""
        return int(setting("TRACK_EVENT_PARTIAL_STATUS", 200))

    @cached_property
    def TRACKING_SESSION_TIMEOUT(self) -> int:
        """Seconds without any event after which an interaction is over."""
        return int(setting("TRACKING_SESSION_TIMEOUT", 20 * 60))

    @cached_property
    def TRACKING_ROBOT_SESSION_TIMEOUT(self) -> int:
        """The same for an interaction of a robot."""
        return int(setting("TRACKING_ROBOT_SESSION_TIMEOUT", 60))

    @cached_property
    def TRACKING_KEEP_ROBOTS(self) -> bool:
        """Whether a robot's interaction is kept once it is over."""
        return bool(setting("TRACKING_KEEP_ROBOTS", False))

    @cached_property
    def TRACKING_EXPLICIT_CONSENT(self) -> bool:
        """Whether nobody is tracked before they agreed."""
        return bool(setting("TRACKING_EXPLICIT_CONSENT", False))

    @cached_property
    def TRACKING_RESPECT_GPC(self) -> bool:
        """Whether ``Sec-GPC: 1`` stands for a visitor who refuses, unless they agreed."""
        return bool(setting("TRACKING_RESPECT_GPC", True))

    @cached_property
    def TRACKING_RESPECT_DNT(self) -> bool:
        """Whether ``DNT: 1`` does."""
        return bool(setting("TRACKING_RESPECT_DNT", False))

    @cached_property
    def TRACKING_GATE(self) -> str:
        """Dotted path of ``(request) -> bool``: False forbids tracking; ``""``: none."""
        return str(setting("TRACKING_GATE", ""))

    @cached_property
    def TRACKING_SHOW_ANONYMOUS_CONTACTS(self) -> bool:
        """Whether the admin's list of contacts has those that nobody knows by a name."""
        return bool(setting("TRACKING_SHOW_ANONYMOUS_CONTACTS", True))

    @cached_property
    def TRACKING_SHORTEN_ADDRESSES(self) -> bool:
        """Whether of a visitor's IP address only the network is kept."""
        return bool(setting("TRACKING_SHORTEN_ADDRESSES", True))

    @cached_property
    def EVENT_DELIVERY(self) -> str:
        """Who delivers what waits for Sitecore: ``thread``, ``celery`` or ``command``."""
        return str(setting("EVENT_DELIVERY", "thread"))

    @cached_property
    def CELERY_APP(self) -> str:
        """Dotted path of the Celery app that takes the task, if Celery delivers."""
        return str(setting("CELERY_APP", ""))

    @cached_property
    def EVENT_DELIVERY_THREADS(self) -> int:
        """Sessions that one process delivers at a time."""
        return int(setting("EVENT_DELIVERY_THREADS", 4))

    @cached_property
    def EVENT_DELIVERY_TRIES(self) -> int:
        """Tries after which a batch is set aside."""
        return int(setting("EVENT_DELIVERY_TRIES", 20))

    @cached_property
    def EVENT_DELIVERY_WARN_AGE(self) -> int:
        """Seconds that the oldest batch may wait before ``/readyz`` warns."""
        return int(setting("EVENT_DELIVERY_WARN_AGE", 300))

    @cached_property
    def TRACKING_CREATE_DEFINITIONS(self) -> bool:
        """Whether an unknown event, goal, outcome or campaign gets a definition."""
        return bool(setting("TRACKING_CREATE_DEFINITIONS", False))


# Sitecore's own address of its tracker, and the client as this app ships it.
SERVICE_PATH = "sitecore/api/jss/track"
SCRIPT = "jss_tracking/tracker.js"

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
