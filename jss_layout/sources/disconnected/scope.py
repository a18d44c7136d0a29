"""For which site and language content is expanded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """``languages`` (lower case) are the one asked for and then those that stand in for it.

    ``prefix`` leads the addresses of its pages: ``/da``, or nothing in the default language.
    """

    site: str
    language: str
    languages: tuple[str, ...]
    prefix: str = ""

    def page_url(self, address: str) -> str:
        """The page's address in this language, as Sitecore's link provider writes it."""
        return (self.prefix + address).rstrip("/") or "/"
