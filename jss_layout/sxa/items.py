"""What SXA's resolvers and GraphQL queries answer in place of fields.

``Navigation`` gets a list of pages with their children; ``Title`` and ``LinkList`` get the
answer to a query, ``{"data": {"datasource": {…} | null, "contextItem": {…} | null}}``. Of
any of this anything may be missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from jss_layout.fields import is_empty
from jss_layout.sxa.params import joined

Item = Mapping[str, Any]
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A page in a navigation: a text field, the value of a link, class names, sub-pages."""

    label: Item
    link: Item
    classes: str
    children: tuple["NavigationItem", ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a page: a text field, and the value of a link to the page."""

    text: Item
    link: Item


def navigation_items(fields: object, level: int = 1) -> tuple[NavigationItem, ...]:
    """The pages of a navigation, in order."""
    pages = fields.values() if isinstance(fields, Mapping) else fields
    return tuple(_navigation_item(page, level) for page in _items(pages))


def title(fields: object, page_state: str = NORMAL) -> Title:
    """The title of the data source, or else of the page itself.

    Outside of ``normal`` pages the link says which site it is for, as previews need it.
    """
    data = _data(fields)
    item = _item(data, "datasource") or _item(data, "contextItem")
    url = _item(item, "url")
    link = {"href": url.get("path")}
    if page_state != NORMAL and url.get("siteName"):
        link["querystring"] = urlencode({"sc_site": url["siteName"]})
    return Title(_item(item, "field", "jsonValue"), link)


def link_list_title(fields: object) -> Item:
    """The heading of a link list, a text field."""
    return _item(_data(fields), "datasource", "field", "title")


def link_list_links(fields: object) -> tuple[Item, ...]:
    """The links of a link list, link fields."""
    results = _item(_data(fields), "datasource", "children").get("results")
    links = (_item(result, "field", "link") for result in _items(results))
    return tuple(link for link in links if link)


def link_list_classes(number: int, count: int) -> str:
    """The class names of the entry with that number, from 1: ``item0 odd first``."""
    even = "odd" if number % 2 else "even"
    first, last = "first" * (number == 1), "last" * (number == count)
    return joined(f"item{number - 1}", even, first, last)


def _navigation_item(page: Item, level: int) -> NavigationItem:
    styles = page.get("Styles")
    own = [style for style in styles if isinstance(style, str)] if isinstance(styles, list) else []
    return NavigationItem(
        label=_label(page),
        link={"href": page.get("Href"), "querystring": page.get("Querystring")},
        classes=joined(*own, f"rel-level{level}"),
        children=navigation_items(page.get("Children"), level + 1),
    )


def _label(page: Item) -> Item:
    named = (_item(page, name) for name in ("NavigationTitle", "Title"))
    display_name = {"value": page.get("DisplayName")}
    return next((field for field in named if not is_empty(field)), display_name)


def _data(fields: object) -> Item:
    """The answer to the query; content files wrap it, as any mapping, in a ``value``."""
    data = _item(fields, "data")
    return _item(data, "value") or data


def _item(start: object, *names: str) -> Item:
    """The object at that path of names; an empty one where there is none."""
    found = start
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _items(entries: object) -> Iterable[Item]:
    if not isinstance(entries, Iterable):
        return ()
    return (entry for entry in entries if isinstance(entry, Mapping))
