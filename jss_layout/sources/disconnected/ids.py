"""Stable GUIDs: the same for the same content, after every restart and on every machine."""

from uuid import UUID, uuid5

NAMESPACE = UUID("5c1f3f54-5d0b-5a3c-9d37-8f7f1c1f0e5a")


def guid(text: str) -> str | None:
    """A GUID in any form (braces, dashes or none, any case) as Sitecore's JSON writes it."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def derived_id(site: str, kind: str, *parts: str | int) -> str:
    """The GUID of what is so called in this site."""
    return str(uuid5(NAMESPACE, "\n".join(map(str, (site.casefold(), kind, *parts)))))


def item_id(site: str, declared: str) -> str:
    """The GUID of an item that declares an id: that id, or one derived from it."""
    return guid(declared) or derived_id(site, "id", declared.casefold())
