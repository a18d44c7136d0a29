"""Which visitors are robots, by what they call themselves."""

from crawlerdetect import CrawlerDetect

MAX_LENGTH = 256
"""How much of a user agent is looked at: the patterns take long over a long one."""

_detect = CrawlerDetect()


def is_robot(user_agent: str) -> bool:
    """Whether the user agent is one of a robot; whoever says nothing is none.

    The list is that of the CrawlerDetect project. Optimization: it remembers what it found.
    """
    return bool(_detect.is_crawler(user_agent[:MAX_LENGTH]))
