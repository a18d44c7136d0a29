"""Which visitors are robots, by what they call themselves."""

import re

_ROBOT = re.compile(r"bot\b|bots\b|crawler|spider|slurp|facebookexternalhit", re.IGNORECASE)


def is_robot(user_agent: str) -> bool:
    """Whether the user agent names itself a robot; whoever says nothing is none."""
    return bool(_ROBOT.search(user_agent))
