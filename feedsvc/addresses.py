"""What counts as a web address: absolute, http or https, and fit for a feed."""

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

LONGEST = 2000  # characters of an address that is looked up: no index of PostgreSQL takes 2704
# reserved in URIs (RFC 3986 section 2.2), or escaped already; brackets stand around a host alone
_KEPT = "/%:?#@!$&'()*+,;=~"
_BRACKET = re.compile(r"//[^/?#]*[/?#].*[\[\]]")
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


def to_uri(address: str) -> str:
    """The web address as a URI, in ASCII alone (RFC 3987 section 3.1): feeds carry no other.

    Raises:
        ValueError: the host is no name that IDNA can write.
    """
    if address.isascii() and not _BRACKET.search(address):
        return address
    parts = urlsplit(address)
    rest = (quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, _authority(parts), *rest))


def _authority(parts: SplitResult) -> str:
    if parts.netloc.isascii():  # [::1] too
        return parts.netloc
    host = (parts.hostname or "").encode("idna").decode()
    user, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return f"{quote(user, safe=_KEPT)}{at}{host}{port}"
