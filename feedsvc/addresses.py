"""Web addresses: absolute http and https URLs that are valid in a feed."""

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

LONGEST = 2000  # characters of an address in an index: PostgreSQL's limit is below 2704
# reserved in URIs (RFC 3986 section 2.2), or part of an escape; brackets are for IPv6 hosts only
_SAFE = "/%:?#@!$&'()*+,;=~"
_BRACKET_AFTER_HOST = re.compile(r"//[^/?#]*[/?#].*[\[\]]")
_UNSAFE = re.compile(r'[\s<>"\\^`{|}\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')


def is_web_address(url: str) -> bool:
    """Whether `url` is an absolute http or https URL (RFC 3986) that is valid in XML and HTTP."""
    if _UNSAFE.search(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port  # raises ValueError for an invalid port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def to_uri(address: str) -> str:
    """The web address as a URI, in ASCII (RFC 3987 section 3.1), as feeds require.

    Raises:
        ValueError: the host cannot be encoded by IDNA.
    """
    if address.isascii() and not _BRACKET_AFTER_HOST.search(address):
        return address
    parts = urlsplit(address)
    rest = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, _authority(parts), *rest))


def _authority(parts: SplitResult) -> str:
    if parts.netloc.isascii():  # including [::1]
        return parts.netloc
    host = (parts.hostname or "").encode("idna").decode()
    user, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return f"{quote(user, safe=_SAFE)}{at}{host}{port}"
