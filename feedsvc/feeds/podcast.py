"""What podcast applications want to know, in RSS: feedgen's extension, and ours where it is wrong.

feedgen 1.0 writes itunes:explicit as yes, no or clean, of which Apple and the feed validator know
none any more; it takes no `.jpeg` for a picture, and no quotation mark in a category.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedgen.feed import FeedGenerator  # isort: skip - feedgen.ext needs what it imports
from feedgen.ext.podcast import PodcastExtension
from feedgen.ext.podcast_entry import PodcastEntryExtension
from lxml import etree

from feedsvc.config import Config
from feedsvc.feeds.entries import absolute
from feedsvc.feeds.media import chief, plays, suffix
from feedsvc.model import Article, Entry

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
LONGEST = 255  # characters of an author
SUBCATEGORY = ">"  # stands between a category and the one below it

_PICTURES = {".jpg", ".jpeg", ".png"}
_PLAYED = {".m4a", ".mp3", ".mov", ".mp4", ".m4v"}  # by Apple; the validator warns of others


def _element(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{ITUNES}}}{name}", attributes)


def _common(parent: etree._Element, image: str, explicit: bool) -> None:
    if suffix(image) in _PICTURES:
        _element(parent, "image", href=image)
    _element(parent, "explicit").text = "true" if explicit else "false"


class ChannelExtension(PodcastExtension):  # type: ignore[misc]  # feedgen ships no types
    """The channel's picture, its categories and whether it is explicit."""

    def __init__(self) -> None:
        super().__init__()
        self.image = ""
        self.explicit = False
        self.categories: Iterable[str] = ()

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Add what feedgen writes, and ours."""
        super().extend_rss(rss)
        _common(rss[0], self.image, self.explicit)
        found: dict[str, etree._Element] = {}
        for category in self.categories:
            name, _, below = (part.strip() for part in category.partition(SUBCATEGORY))
            if name not in found:
                found[name] = _element(rss[0], "category", text=name)
            if below:
                _element(found[name], "category", text=below)
        return rss


class EpisodeExtension(PodcastEntryExtension):  # type: ignore[misc]  # likewise
    """The picture of an episode, and whether it is explicit; nothing where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.image = ""
        self.explicit: bool | None = None

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add what feedgen writes, and ours."""
        super().extend_rss(item)
        if self.explicit is not None:
            _common(item, self.image, self.explicit)
        return item


def is_podcast(entries: Iterable[Entry]) -> bool:
    """Whether one of the entries plays."""
    return any(plays(one) for entry in entries for one in entry.article.enclosures)


def tell_channel(generator: FeedGenerator, config: Config) -> None:
    """Make the feed a podcast: to be called before it has an entry."""
    said = config.podcast
    author = said.author or config.author
    generator.register_extension("podcast", ChannelExtension, EpisodeExtension, atom=False)
    generator.podcast.itunes_author(author[:LONGEST])
    generator.podcast.itunes_type(said.type)
    if said.email:
        generator.podcast.itunes_owner(author[:LONGEST], said.email)
    generator.podcast.image = absolute(config, said.image or config.site.icon)
    generator.podcast.explicit = said.explicit
    generator.podcast.categories = said.categories


def tell_episode(extension: EpisodeExtension, config: Config, article: Article) -> None:
    """Say of an entry what applications show of an episode, if it is one that they play.

    Who made it is in dc:creator: readers take itunes:author for one author more.
    """
    enclosure = chief(article)
    if not (enclosure and plays(enclosure) and suffix(enclosure.url) in _PLAYED):
        return
    if enclosure.duration:
        extension.itunes_duration(enclosure.duration)
    extension.image = article.image
    extension.explicit = config.podcast.explicit
