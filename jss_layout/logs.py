"""Keeps API keys out of the log lines in which libraries write down whole addresses."""

import logging
import re

KEY_IN_ADDRESS = re.compile(r"(sc_apikey=)[^&\s\"']+")


def hide_keys(record: logging.LogRecord) -> bool:
    """Filter of a logger: the line stays, the value of ``sc_apikey`` goes."""
    message = record.getMessage()
    if "sc_apikey=" in message:
        record.msg, record.args = KEY_IN_ADDRESS.sub(r"\1…", message), ()
    return True
