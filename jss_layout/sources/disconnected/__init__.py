"""Layouts from files, in the format of Sitecore JSS's disconnected mode."""

from jss_layout.sources.disconnected.source import DisconnectedSource, ServedLayout

__all__ = ["DisconnectedSource", "ServedLayout"]
