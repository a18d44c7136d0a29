"""An app of one's own, such as ``tests.shop``, has all that it needs in the public API."""

import ast
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from jss_layout.sites import SiteDefinition
from jss_tracking.models import Contact, ContactIdentifier, Interaction, TrackedEvent
from jss_tracking.pipeline import TrackEventArgs
from jss_tracking.processors import processors
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.layout.content import write
from tests.sensitive import SITE_API_KEY
from tests.shop.jss_tracking_processors import BasketProcessor
from tests.shop.logins.jss_tracking_processors import IdentifyContact, login_event

SHOP = Path(__file__).parent.parent / "shop"
DOCUMENTED = {
    "jss_tracking.track",
    "jss_layout.components",
    "jss_tracking.events",
    "jss_tracking.pipeline",
    "jss_tracking.processors",
    "jss_tracking.trackers",
}
EVENT = "/sitecore/api/jss/track/event"
PAGE = """
    placeholders:
      jss-main:
        - componentName: StockLevel
          fields: {sku: barometer}
        - componentName: StockLevel
          fields: {sku: tide-clock}
        - componentName: StockLevel
          fields: {sku: sextant}
        - componentName: SpecialOffer
          fields:
            heading: Autumn sale
            percent: 15
            until: 2026-11-30
            link: {href: /instruments, text: To the instruments}
    """


@pytest.fixture(autouse=True)
def shop(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.JSS_DATA_DIR = write(tmp_path, {"routes/shop/en.yml": PAGE})
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY


@pytest.fixture
def page(client: Client) -> str:
    """The page's text, white space folded."""
    return " ".join(client.get("/shop").content.decode().split())


def post(client: Client, event: dict[str, Any]) -> tuple[int, Any]:
    response = client.post(
        f"{EVENT}?sc_apikey={SITE_API_KEY}", json.dumps([event]), content_type="application/json"
    )
    return response.status_code, response.json()


def outcomes() -> list[tuple[str, Decimal | None, str]]:
    rows = TrackedEvent.objects.filter(definition__kind="outcome")
    return [
        (row.definition.alias if row.definition else "", row.monetary_value, row.currency_code)
        for row in rows
    ]


def test_a_function_gives_its_component_data(page: str) -> None:
    assert '<p class="stock-level">Barometer No. 1: 7 in stock <button' in page
    assert '<p class="stock-level">Tide clock No. 2: sold out </p>' in page


def test_a_component_may_show_nothing(page: str) -> None:
    assert page.count("stock-level") == 2


def test_a_template_alone_is_a_component(page: str) -> None:
    assert '<aside class="special-offer"> <h2>Autumn sale</h2>' in page
    assert '15 % off until <time datetime="2026-11-30T00:00:00Z">30 November 2026</time>' in page
    assert '<a href="/instruments">To the instruments</a>' in page


def test_a_component_tracks_with_a_payload_of_its_own(page: str) -> None:
    payload = '{"eventId": "Added to Basket", "sku": "barometer", "quantity": 1}'
    assert f'data-jss-track="{payload.replace(chr(34), "&quot;")}"' in page


def test_the_processor_turns_an_event_of_its_own_into_an_outcome(client: Client) -> None:
    event = {"eventId": "Added to Basket", "sku": "barometer", "quantity": 2}
    assert post(client, event) == (200, {"tracked": 1, "errors": []})
    assert outcomes() == [("Opportunity", Decimal(8500), "DKK")]


def test_the_processor_leaves_other_events_with_a_sku_alone(client: Client) -> None:
    status, _ = post(client, {"eventId": "Download", "sku": "barometer"})
    assert status == 200
    assert outcomes() == []
    assert TrackedEvent.objects.filter(definition__alias="Download").count() == 1


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"eventId": "Added to Basket", "sku": "sextant"}, "unknown_product"),
        ({"eventId": "Added to Basket", "sku": "barometer", "quantity": 0}, "invalid_event"),
        ({"eventId": "Added to Basket"}, "unknown_event"),
    ],
)
def test_the_processor_says_what_is_wrong(client: Client, event: dict[str, Any], code: str) -> None:
    status, answer = post(client, event)
    assert (status, answer["tracked"], answer["errors"][0]["code"]) == (400, 0, code)
    assert outcomes() == []


def test_the_processor_stands_where_the_shop_put_it() -> None:
    names = [type(processor).name() for processor in processors.chain()]
    assert names[names.index(BasketProcessor.name()) + 1] == (
        "jss_tracking.processors.EventProcessor"
    )


def imported(source: str) -> Iterator[str]:
    """The modules that a file imports, those of ``from package import module`` too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in ("jss_layout", "jss_tracking"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_shop_uses_the_public_api_alone() -> None:
    modules = {module for path in SHOP.rglob("*.py") for module in imported(path.read_text())}
    assert {module for module in modules if module.startswith("jss_")} == DOCUMENTED


def test_the_tutorial_and_processors_build_this_shop() -> None:
    docs = SHOP.parent.parent / "docs"
    text = (docs / "tutorial.md").read_text() + (docs / "processors.md").read_text()
    shown = dict(re.findall(r"`shop/([\w/.]+)`:\n\n```\w+\n(.*?)```", text, re.DOTALL))
    files = {
        path.relative_to(SHOP).as_posix(): path.read_text().replace("tests.shop", "shop")
        for path in SHOP.rglob("*")
        if path.suffix in (".py", ".html") and path.stem != "__init__"
    }
    assert shown == files


class TestLogin:
    @pytest.fixture
    def customer(self, client: Client, django_user_model: Any) -> Any:
        return django_user_model.objects.create_user("anna", password="open sesame", is_staff=True)

    def log_in(self, client: Client) -> None:
        form = {"username": "anna", "password": "open sesame", "next": "/admin/"}
        assert client.post("/admin/login/", form).status_code == 302

    def test_who_logs_in_is_known_to_the_visitors_contact(
        self, client: Client, customer: Any
    ) -> None:
        client.get("/shop")
        self.log_in(client)
        (name,) = ContactIdentifier.objects.all()
        assert (name.source, name.identifier, name.kind) == ("shop", "anna", "known")
        labels = [event.label for event in TrackedEvent.objects.all()]
        assert labels == ["/shop", "Login"]

    def test_a_login_elsewhere_joins_what_was_anonymous(
        self, client: Client, customer: Any
    ) -> None:
        self.log_in(Client())
        client.get("/shop")
        self.log_in(client)
        assert Contact.objects.count() == 1
        assert Interaction.objects.count() == 2

    def test_a_login_that_the_shop_did_not_sign_is_refused(self, client: Client) -> None:
        signed = login_event("anna")["shopLogin"]
        for forged in ("anna", signed[:-1], signed.replace(":", ";")):
            answer = client.post(
                f"{EVENT}?sc_apikey={SITE_API_KEY}", {"shopLogin": forged}, "application/json"
            )
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["code"] == "invalid_login"
        assert not Contact.objects.exists()

    def test_connected_the_event_is_left_to_sitecore(self) -> None:
        args = TrackEventArgs(login_event("anna"))
        IdentifyContact().process(SitecoreTracker(Visitor(SiteDefinition("shop"))), args)
        assert (args.tracked, args.error) == (False, None)

    def test_a_login_without_a_visitor_tracks_nothing(self, client: Client, customer: Any) -> None:
        client.force_login(customer)
        assert not Contact.objects.exists()
