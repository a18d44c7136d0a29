"""The shop's processor; imported at start-up."""

from typing import Annotated

import msgspec

from jss_tracking.events import Outcome
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker
from tests.shop.catalogue import CURRENCY, PRODUCTS


class AddedToBasket(msgspec.Struct, frozen=True, rename="camel"):
    """``{"eventId": "Added to Basket", "sku": "barometer", "quantity": 2}``."""

    event_id: str
    sku: str
    quantity: Annotated[int, msgspec.Meta(ge=1)] = 1


class BasketProcessor(TrackEventProcessor[AddedToBasket]):
    """Turns what goes into the basket into an outcome that is worth its price."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: AddedToBasket) -> None:
        """The browser says what and how many; the price is the shop's to know."""
        if event.event_id.casefold() != "added to basket":
            return
        product = PRODUCTS.get(event.sku)
        if product is None:
            args.report_error("unknown_product", f"The shop has no {event.sku[:100]!r}.")
            return
        value = product.price * event.quantity
        tracker.register_outcome(Outcome("Opportunity", CURRENCY, value), args.payload)
        args.has_been_tracked()


processors.insert_before("jss_tracking.processors.EventProcessor", BasketProcessor)
