"""For which site and language content is expanded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """``languages`` (lower case) are the one asked for and then those that stand in for it."""

    site: str
    language: str
    languages: tuple[str, ...]
