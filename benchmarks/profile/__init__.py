"""How long each page of the Experience Profile takes over a million events."""
