"""What no log line may hold: keys in addresses, and the cookies of a visit."""

import logging
import re

# A server's access log prints addresses with their query; a trace may print headers.
SECRETS = re.compile(
    r"(?P<name>(?:\b|%3F|%26)(?:sc_apikey|sc-apikey|secret|token|authorization|"
    r"ASP\.NET_SessionId|SC_ANALYTICS_\w+)"
    r"['\"]?\s*(?:=|:|%3D)\s*['\"]?)(?P<value>[^\s&;,'\"<>]+)",
    re.IGNORECASE,
)


class MaskSecrets(logging.Filter):
    """Replaces the values of API keys, tokens and visit cookies by ``***``.

    Put it on every handler; a filter on a logger does not see the records of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message; the record always passes."""
        message = record.getMessage()
        masked = SECRETS.sub(r"\g<name>***", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
