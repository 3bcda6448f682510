"""What counts as a web address: absolute, http or https, and fit for a feed."""

import re
from urllib.parse import urlsplit

_UNSAFE = re.compile(r'[\s<>"\\^`{|}\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')


def is_web_address(url: str) -> bool:
    """Whether `url` is an absolute http or https URL (RFC 3986) that XML and HTTP can carry."""
    if _UNSAFE.search(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port  # raises ValueError where it is no port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
