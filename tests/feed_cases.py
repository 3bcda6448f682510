"""Feed contents written by hand, each with the configuration that it is published under."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedsvc.config.tables import (
    Articles,
    Config,
    EntrySettings,
    FeedSettings,
    Podcast,
    Site,
    WebSub,
)
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, path, site_feed
from feedsvc.model import (
    SITE_ADDRESS,
    Article,
    Document,
    Enclosure,
    Entry,
    FeedContent,
    Original,
    Person,
    Span,
    Tombstone,
    urn,
)
from feedsvc.reading.markup.content import paragraphs

PLAIN = Site(
    id="test",
    title="Test & Trial",
    subtitle="A feed for <tests>",
    base_url="https://feeds.example/news",
    author="The desk",
)
DRESSED = Site(
    id="dressed",
    title="Über “Feeds” – 東京",
    base_url="https://feeds.example",
    language="de-CH",
    rights="© 2026 The desk, CC BY 4.0",
    icon="/icon.png?a=b&c=d",
)
BELOW = Site(id="below", title="Below a path", base_url="https://feeds.example/r&d/it's")
HUBS = ("https://hub.example", "https://other.example/hub/a&b")
XML = (Format.ATOM, Format.RSS)
TICK = timedelta(microseconds=1)
FIRST = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)  # the hour that Europe skips begins
LAST = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # and so does the hour that it has twice


@dataclass(frozen=True)
class Case:
    """The content of a feed, and the configuration under which it is published."""

    config: Config
    content: FeedContent

    def document(self, form: Format) -> Document:
        """The site's feed in one format."""
        return feed_document(self.config, site_feed(self.config), form, self.content)

    def address(self, form: Format) -> str:
        """Where this document is served."""
        return self.config.address(path(site_feed(self.config), form, self.content.span))


def config(
    site: Site = PLAIN,
    feed: FeedSettings | None = None,
    entry: EntrySettings | None = None,
    hubs: tuple[str, ...] = (),
    podcast: Podcast | None = None,
) -> Config:
    """A whole configuration, told in code."""
    return Config(
        site=site,
        articles=Articles(folder=Path("/srv/articles")),
        feed=feed or FeedSettings(),
        entry=entry or EntrySettings(),
        websub=WebSub(hubs=hubs),
        podcast=podcast or Podcast(),
    )


def entry(article: Article, released: datetime, updated: datetime | None = None) -> Entry:
    """The article, released; its id is made as the program makes it."""
    return Entry(
        id=urn("test", "article", article.path),
        article=article,
        published=article.published or released,
        released=released,
        updated=updated or released,
    )


def content_of(*entries: Entry) -> FeedContent:
    """A feed content of these entries, the newest release first."""
    newest = sorted(entries, key=lambda entry: entry.released, reverse=True)
    latest = max((entry.updated for entry in entries), default=LAST)
    return FeedContent(7, tuple(newest), modified=int(LAST.timestamp()), updated=latest)


BODY = [
    "AT&T, R&D; &amp; is not an ampersand, nor is &lt; a sign: 1 < 2 > 0 ]]>",
    "<b>not bold</b>, *no star*, “quotes”, 'others', Straße, 東京, 𝄞.",
]
TITLES = ("AT&T", "1 < 2", "<b>x</b>", "“R&D” – Q&A", "Straße – 東京 𝄞")

ENTRIES = (
    *(
        entry(
            Article(f"t{n}.txt", title, paragraphs(BODY[:1]), f"Summary of {title}."),
            FIRST + n * TICK,
        )
        for n, title in enumerate(TITLES)
    ),
    entry(
        Article(
            path="world/europe & asia/several.txt",
            title="Several authors",
            content=paragraphs(BODY),
            summary="Two people, two sections, an original.",
            published=FIRST - timedelta(days=365),
            authors=(
                Person("Ann O’Neill", "https://ann.example/?a=b&c=d", "ann@example.com"),
                Person("Ben", uri="https://ben.example/"),
                Person("Cleo & Co", email="cleo@example.com"),
                Person("Zoë"),
            ),
            tags=("feeds", "R&D", "world/europe & asia"),
            original=Original("Example & News", "https://news.example/a?b=c&d=e#f"),
        ),
        released=FIRST + timedelta(hours=1),
        updated=LAST,
    ),
    entry(
        Article(
            path="world/nameless.txt",
            title="An original without a name",
            content=paragraphs(["Text."]),
            original=Original("", "http://other.example/caf%C3%A9"),
        ),
        released=LAST - timedelta(minutes=1, microseconds=500_000),
    ),
)

LINKED = entry(
    Article(
        path="linked.md",
        title=f"Links below {SITE_ADDRESS}/",
        content=(
            f'<p><a title="x" href="#note">1</a> <abbr id="a">href="#note"</abbr> '
            f'<img src="{SITE_ADDRESS}/media/a.png" srcset="{SITE_ADDRESS}/media/a.png 1x, '
            f'{SITE_ADDRESS}/media/b.png 2x"> <a href="{SITE_ADDRESS}.example/">another</a> '
            f'<a href="{SITE_ADDRESS}:80/">and another</a> <a href="{SITE_ADDRESS}">home</a></p>\n'
            '<p id="note"><a href="mailto:desk@feeds.example">the note</a></p>'
        ),
        summary="What links become.",
        original=Original("Ourselves", f"{SITE_ADDRESS}/before?a=b&c=d#e"),
    ),
    released=FIRST,
)

ENCLOSED = (
    entry(
        Article(
            path="sound/several.md",
            title="Several files",
            content=paragraphs(["Text."]),
            summary="A paper, two films and a picture.",
            language="de",
            image=f"{SITE_ADDRESS}/media/p.webp",
            image_length=77,
            enclosures=(
                Enclosure("https://other.example/paper.pdf?a=b&c=d", "application/pdf", 5),
                Enclosure(f"{SITE_ADDRESS}/media/v.webm", "video/webm", 7_000_000_000, 3723),
                Enclosure(f"{SITE_ADDRESS}/media/v.mp4", "video/mp4", duration=3723),
                Enclosure("https://other.example/what"),
            ),
        ),
        released=FIRST,
    ),
    entry(
        Article(
            path="sound/wordless.md",
            title="A picture <i>alone</i>",
            content="",
            tags=("Sound", "sound", "still"),
            image="https://other.example/p",
            enclosures=(Enclosure("https://other.example/p", "image/png", 8),),
        ),
        released=FIRST + TICK,
    ),
)
EPISODES = (
    entry(
        Article(
            path="one.md",
            title="One & only",
            content=paragraphs(["Text."]),
            authors=(Person("Ann"), Person("Ben & Co")),
            image=f"{SITE_ADDRESS}/media/p.jpeg",
            enclosures=(Enclosure(f"{SITE_ADDRESS}/media/a.mp3", "audio/mpeg", 1234, 62),),
        ),
        released=FIRST + timedelta(minutes=1),
    ),
    entry(
        Article(
            path="two.md",
            title="Two",
            content=paragraphs(["Text."]),
            image="https://other.example/p.webp",
            enclosures=(Enclosure("https://other.example/play/2.mp3", "audio/mpeg"),),
        ),
        released=FIRST + timedelta(minutes=2),
    ),
    entry(
        Article(
            path="three.md",
            title="Not for everyone’s player",
            content=paragraphs(["Text."]),
            enclosures=(Enclosure(f"{SITE_ADDRESS}/media/a.ogg", "audio/ogg", 9, 8),),
        ),
        released=FIRST + timedelta(minutes=3),
    ),
    ENTRIES[0],
)
PODCAST = Podcast(
    author="Ann & Ben",
    email="desk@feeds.example",
    image="/cover.jpeg",
    explicit=True,
    categories=("Society & Culture > Documentary", "Technology", "Society & Culture>Philosophy"),
    type="serial",
)
GONE = tuple(
    Tombstone(urn("test", "article", name), FIRST + number * TICK)
    for number, name in enumerate(("gone.txt", "gone too.txt"))
)

CASES = {
    "full": Case(config(), content_of(*ENTRIES)),
    "summary": Case(config(feed=FeedSettings(content="summary")), content_of(*ENTRIES)),
    "page": Case(config(entry=EntrySettings(link="page")), content_of(*ENTRIES[-2:])),
    "dressed": Case(config(DRESSED, hubs=HUBS), content_of(ENTRIES[0])),
    "linked": Case(config(BELOW, entry=EntrySettings(link="page")), content_of(LINKED)),
    "empty": Case(config(), content_of()),
    "enclosed": Case(config(), content_of(*ENCLOSED)),
    "podcast": Case(config(DRESSED, podcast=PODCAST), content_of(*EPISODES)),
    "plain_podcast": Case(config(), content_of(EPISODES[1])),
    "tombstones": Case(
        config(), replace(content_of(ENTRIES[0]), tombstones=GONE, older=Span(51, 77))
    ),
    "archive": Case(
        config(hubs=HUBS),
        replace(content_of(*ENTRIES[:2]), span=Span(51, 100), older=Span(1, 50)),
    ),
}


def fingerprints() -> str:
    """A line for each case and format, with the tag of its document: SHA-256 of the bytes."""
    return "\n".join(
        f"{name}.{form.suffix} {case.document(form).tag}"
        for name, case in CASES.items()
        for form in Format
    )


if __name__ == "__main__":
    print(fingerprints())  # noqa: T201  # for tests that run this in other environments
