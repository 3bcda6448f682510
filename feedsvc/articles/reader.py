"""One file's bytes become an Article: decoded, then given to the reader of its layout."""

from dataclasses import dataclass
from datetime import tzinfo

from feedsvc.articles import news
from feedsvc.articles.decoding import decode
from feedsvc.model import Article


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: the zone of dates without an offset, the encoding of last resort."""

    timezone: tzinfo
    encoding: str = ""


def read_article(path: str, data: bytes, how: Reading) -> Article:
    """The Article in `data`, found at `path` (relative to the root).

    Raises:
        Refusal: the file cannot be published as it stands.
    """
    return news.read(path, decode(data, how.encoding), how.timezone)
