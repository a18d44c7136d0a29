"""The certificate authorities that a Sitecore's certificate is checked against."""

import ssl
from pathlib import Path


def load_authorities(context: ssl.SSLContext, ca_bundle: str) -> None:
    """Trust those of a PEM file, or of a folder as ``openssl rehash`` leaves it.

    Raises ``OSError`` if they can't be read.
    """
    if Path(ca_bundle).is_dir():
        context.load_verify_locations(capath=ca_bundle)
    else:
        context.load_verify_locations(cafile=ca_bundle)
