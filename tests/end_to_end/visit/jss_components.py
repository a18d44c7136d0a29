"""On the host that shows the page: a component with what the layout says of the visit."""

from typing import Any

from django.http import HttpRequest

from jss_layout import components
from jss_layout.layout import Context, Rendering


@components.register("VisitSoFar")
def visit_so_far(rendering: Rendering, request: HttpRequest, context: Context) -> dict[str, Any]:
    """The pages of the visit."""
    return {"pages": context.data["visit"]["pages"]}
