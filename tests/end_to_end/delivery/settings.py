"""The sample site as in production, where a batch is tried twice."""

from tests.end_to_end.gate.settings import *  # noqa: F403

EVENT_DELIVERY_TRIES = 2
