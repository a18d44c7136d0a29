"""What the shop sells; a real one would ask its database."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

CURRENCY = "DKK"


@dataclass(frozen=True, slots=True)
class Product:
    """``price`` is in ``CURRENCY``, for one piece; ``pieces`` are those in stock."""

    name: str
    price: Decimal
    pieces: int


PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        "barometer": Product("Barometer No. 1", Decimal(4250), 7),
        "tide-clock": Product("Tide clock No. 2", Decimal(3600), 0),
    }
)
