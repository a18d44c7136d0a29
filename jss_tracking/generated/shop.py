"""The imaginary shop that is visited: its pages, what can be reached there, who leads to it."""

from uuid import NAMESPACE_URL, UUID, uuid5

from jss_tracking.generated.chances import Weighted
from jss_tracking.models import TrackedEvent

Kind = TrackedEvent.Kind

INSTRUMENTS = (
    "barometer",
    "tide-clock",
    "hygrometer",
    "anemometer",
    "rain-gauge",
    "thermometer",
    "sextant",
    "ship-clock",
    "weather-station",
    "compass",
)
PATHS = (
    "/",
    "/instruments",
    *(f"/instruments/{name}" for name in INSTRUMENTS),
    "/contact",
    "/workshop",
    "/about",
    "/basket",
    "/instruments/accessories",
    *(f"/news/{2026 - number // 24}/{number % 12 + 1:02}/{number:03}" for number in range(160)),
    *(f"/guides/{name}/{part}" for name in INSTRUMENTS for part in ("setting", "care", "repair")),
)
PAGES = Weighted.long_tail(PATHS, 1.05)
SEARCHES = Weighted.long_tail(("barometer", "tide clock", "repair", "price", "opening hours"))

HAPPENINGS: Weighted[tuple[str, str]] = Weighted(
    ((Kind.EVENT, "Search"), 34),
    ((Kind.EVENT, "Download"), 22),
    ((Kind.GOAL, "Login"), 14),
    ((Kind.GOAL, "Newsletter Signup"), 10),
    ((Kind.GOAL, "Brochures Request"), 7),
    ((Kind.GOAL, "Register"), 4),
    ((Kind.GOAL, "Instant Demo"), 2),
    ((Kind.OUTCOME, "Marketing Lead"), 3),
    ((Kind.OUTCOME, "Product Purchase"), 2.5),
    ((Kind.OUTCOME, "Sales Lead"), 1),
    ((Kind.OUTCOME, "Opportunity"), 0.5),
)
IDENTIFYING = {"Login", "Newsletter Signup", "Register", "Product Purchase"}
"""What a visitor says a name for."""

WORTH = {"Product Purchase": (5.2, 0.7), "Opportunity": (7.6, 0.9)}
"""Of an outcome that is worth money: mean and deviation of the amount's logarithm."""

CURRENCIES = Weighted(("EUR", 3), ("DKK", 2))

CHANNELS_OF_CAMPAIGNS = (
    ("Spring newsletter", "Email"),
    ("Brand search", "Paid search"),
    ("Sailing partners", "Display"),
    ("Copenhagen boat show", "Event"),
    ("Reopened workshop", "Paid social"),
)
CAMPAIGNS = Weighted.long_tail(CHANNELS_OF_CAMPAIGNS, 0.7)
CAMPAIGN_SHARE = 0.24
REFERRAL_SHARE = 0.38
REFERRERS = Weighted.long_tail(
    (
        "https://search.example/",
        "https://social.example/tidewater",
        "https://sailing.example/forum/instruments",
        "https://news.example/harbours/clocks",
        "https://wiki.example/Barometer",
    )
)
LANGUAGES = Weighted(("en", 3), ("da", 2))
USER_AGENTS = Weighted(
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari", 5),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari", 4),
    ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari", 4),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", 2),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", 1),
)
FIRST_NAMES = ("Ann", "Bo", "Clara", "David", "Emma", "Finn", "Greta", "Hans", "Ida", "Jonas")
LAST_NAMES = ("Berg", "Dahl", "Frost", "Holm", "Krog", "Lund", "Moller", "Skov", "Storm", "Vind")
SOURCES = Weighted(("shop", 3), ("newsletter", 2))

ITEMS: dict[str, UUID] = {
    path: uuid5(NAMESPACE_URL, f"https://tidewater.example{path}") for path in PATHS
}
"""The ids of the pages' items, the same each time."""
