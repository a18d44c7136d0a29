"""How fast a long queue of events is delivered, and in how much memory."""
