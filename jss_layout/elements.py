"""Raw HTML elements that Sitecore places between components: an editor's chromes, mostly."""

import re

from jss_layout.attributes import escaped, html_attributes, is_handler
from jss_layout.conf import conf
from jss_layout.layout import Element

CHROME_TYPE = "text/sitecore"
# How < and > are written in the JSON of a chrome, by its element: a script knows no entities.
CHROME_ESCAPES = {"code": ("&lt;", "&gt;"), "script": (r"\u003c", r"\u003e")}
VOID_NAMES = frozenset({"br", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_ELEMENT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


def element_html(element: Element) -> str:
    """The element's HTML; nothing for one that is neither a chrome nor allowed by name."""
    name = element.name.lower()
    if element.type == CHROME_TYPE and name in CHROME_ESCAPES:
        return chrome(element)
    if name in conf.JSS_RAW_ELEMENTS and _ELEMENT_NAME.fullmatch(name):
        start = f"<{name}{html_attributes(element.attributes)}>"
        return start if name in VOID_NAMES else f"{start}{element.contents}</{name}>"
    return ""


def chrome(element: Element) -> str:
    """An editor's chrome: its type is fixed, so that no browser runs what it holds."""
    attributes = {name: value for name, value in element.attributes.items() if not is_handler(name)}
    start = html_attributes({**attributes, "type": CHROME_TYPE})
    name = element.name.lower()
    less, greater = CHROME_ESCAPES[name]
    contents = element.contents.replace("\0", "").replace("<", less).replace(">", greater)
    return f"<{name}{start}>{contents}</{name}>"


def chromed(kind: str, identity: str, html: str) -> str:
    """HTML between the chromes of Sitecore Pages: a ``placeholder`` or a ``rendering``."""
    start = f'<code type="{CHROME_TYPE}" chrometype="{kind}" class="scpm"'
    return f'{start} kind="open" id="{escaped(identity)}"></code>{html}{start} kind="close"></code>'
