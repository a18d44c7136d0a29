"""The shop's components that need Python; imported at start-up.

``SpecialOffer`` needs none: ``templates/components/SpecialOffer.html`` is all of it.
"""

from typing import Any

import msgspec
from django.http import HttpRequest

from jss_layout import components
from tests.shop.catalogue import PRODUCTS


class StockLevel(msgspec.Struct):
    """The component's fields in Sitecore: ``sku`` says which product."""

    sku: str


@components.register("StockLevel")
def stock_level(fields: StockLevel, request: HttpRequest) -> dict[str, Any]:
    """The product, or None if the shop has no such thing."""
    return {"product": PRODUCTS.get(fields.sku)}
