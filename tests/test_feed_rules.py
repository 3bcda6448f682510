"""That each rule of the feed validator is kept here: one small bad document for each.

The left column of a table is put into a good document, in the place that its test names, and
the right column is what is said of it and of nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.feed_rules import atom_schema_complaints, complaints

ADDRESS = "https://feeds.example/feed"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:fh="http://purl.org/syndication/history/1.0" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
AT = 'xmlns:at="http://purl.org/atompub/tombstones/1.0"'

FEED_ID = "<id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id>"
FEED_TITLE = '<title type="text">News</title>'
FEED_UPDATED = "<updated>2026-06-01T00:00:00Z</updated>"
SELF = f'<link rel="self" type="application/atom+xml" href="{ADDRESS}"/>'
HOME = '<link rel="alternate" type="text/html" href="https://feeds.example/"/>'
AUTHOR = "<author><name>Ann</name></author>"
METADATA = FEED_ID + FEED_TITLE + FEED_UPDATED + SELF + HOME + AUTHOR
ENTRY_ID = "<id>tag:feeds.example,2026:1</id>"
ENTRY_TITLE = "<title>One</title>"
ENTRY_UPDATED = "<updated>2026-06-01T00:00:00.5+02:00</updated>"
PAGE = '<link href="https://feeds.example/1"/>'
CONTENT = '<content type="html">&lt;p&gt;Text&lt;/p&gt;</content>'
ENTRY = ENTRY_ID + ENTRY_TITLE + ENTRY_UPDATED + PAGE + CONTENT

CHANNEL = (
    "<title>News</title><link>https://feeds.example/</link><description>All</description>"
    "<language>en</language>"
    f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{ADDRESS}"/>'
)
GUID = '<guid isPermaLink="false">urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</guid>'
ITEM = f"<title>One</title><link>https://feeds.example/1</link>{GUID}"
PODCAST = (
    '<itunes:category text="Arts"><itunes:category text="Books"/></itunes:category>'
    "<itunes:explicit>false</itunes:explicit>"
    "<itunes:owner><itunes:email>ann@example.com</itunes:email></itunes:owner>"
)


def atom(metadata: str = METADATA, entries: str = f"<entry>{ENTRY}</entry>", more: str = "") -> str:
    """An Atom feed; `more` are attributes of its root."""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} xml:lang="en" {more}>'
        f"{metadata}{entries}</feed>"
    )


def rss(channel: str = CHANNEL, items: str = f"<item>{ITEM}</item>", more: str = "") -> str:
    """An RSS feed; `more` are attributes of its root."""
    return f'<rss version="2.0" {NAMESPACES} {more}><channel>{channel}{items}</channel></rss>'


def entry(inside: str) -> str:
    return atom(entries=f"<entry>{inside}</entry>")


def item(inside: str) -> str:
    return rss(items=f"<item>{inside}</item>")


def told(document: str | bytes, address: str = ADDRESS) -> list[str]:
    body = document if isinstance(document, bytes) else document.encode()
    return complaints(body, address, NOW)


def says(document: str | bytes, level: str, words: str) -> None:
    """The document has one complaint, of this level and with these words."""
    found = told(document)
    assert len(found) == 1, found
    assert found[0].startswith(f"{level}: ")
    assert words in found[0]


GOOD = {
    "an Atom feed": atom(),
    "an Atom feed without entries": atom(entries=""),
    "an Atom feed in another order": atom(
        AUTHOR + HOME + SELF + FEED_UPDATED + FEED_TITLE + FEED_ID,
        f"<entry>{CONTENT}{PAGE}{ENTRY_UPDATED}{ENTRY_TITLE}{ENTRY_ID}</entry>",
    ),
    "authors of the entries alone": atom(
        METADATA.replace(AUTHOR, ""), f"<entry>{ENTRY}{AUTHOR}</entry>"
    ),
    "an author of the source": atom(
        METADATA.replace(AUTHOR, ""),
        f"<entry>{ENTRY}<source>{FEED_ID}{FEED_TITLE}{FEED_UPDATED}{AUTHOR}</source></entry>",
    ),
    "all of a person": entry(
        f"{ENTRY}<author><name>Ben</name><email>ben@example.com</email>"
        "<uri>https://ben.example/é</uri></author>"
    ),
    "links of every kind": entry(
        f'{ENTRY}<link rel="via" href="https://a.example/ü" hreflang="de-CH" title="Ü"/>'
        '<link rel="enclosure" type="audio/mpeg" length="0" href="https://a.example/a.mp3"/>'
        '<link rel="http://a.example/of-our-own" href="https://a.example/"/>'
    ),
    "two alternates of different types": entry(
        f'{ENTRY}<link type="application/pdf" href="https://feeds.example/1.pdf"/>'
    ),
    "text that is no markup": entry(
        ENTRY.replace("One", "AT&amp;T, R&amp;D; 1 &lt; 2 &lt;tests&gt;")
    ),
    "xhtml": entry(
        ENTRY.replace(
            CONTENT,
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p/></div></content>',
        )
    ),
    "content elsewhere with a summary": entry(
        ENTRY.replace(
            CONTENT, '<content type="a/b" src="https://a.example/b"/><summary>It</summary>'
        )
    ),
    "an archive document": atom(
        METADATA
        + "<fh:archive/>"
        + '<link rel="prev-archive" href="https://feeds.example/1"/>'
        + '<link rel="current" href="https://feeds.example/feed.atom"/>'
    ),
    "a tombstone": atom(
        f'{METADATA}<at:deleted-entry {AT} ref="urn:x-a:b" when="2026-06-01T00:00:00Z">'
        "<at:comment>Gone</at:comment></at:deleted-entry>"
    ),
    "Dublin Core and media in Atom": entry(
        f"{ENTRY}<dc:creator>Ann</dc:creator><dc:date>2026-06</dc:date>"
        '<media:content url="https://a.example/a.png" medium="image"/>'
    ),
    "relative references below an xml:base": atom(
        entries=f'<entry xml:base="https://a.example/">{ENTRY}<link rel="via" href="b"/></entry>'
    ),
    "an RSS feed": rss(),
    "an RSS feed without items": rss(items=""),
    "RSS with all that it has": rss(
        CHANNEL
        + "<copyright>© Ann</copyright><managingEditor>a@b.example (Ann)</managingEditor>"
        + "<lastBuildDate>Mon, 01 Jun 2026 00:00:00 +0000</lastBuildDate><ttl>5</ttl>"
        + "<image><url>https://a.example/a.png?b</url><title>News</title>"
        + "<link>https://feeds.example/</link><width>144</width><height>400</height></image>"
        + "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>12</sy:updateFrequency>"
        + "<sy:updateBase>2026-01-01T00:00Z</sy:updateBase><category>news</category>"
        + "<generator>feedsvc 1</generator><docs>https://a.example/</docs>"
    ),
    "an item with all that it has": item(
        f"{ITEM}<description>&lt;p&gt;Text&lt;/p&gt;</description>"
        "<content:encoded>&lt;a href='https://a.example/'&gt;Text&lt;/a&gt;</content:encoded>"
        "<pubDate>Mon, 01 Jun 2026 00:00:00 GMT</pubDate><dc:creator>Ann</dc:creator>"
        "<dc:creator>Ben</dc:creator><category domain='x'>a</category><category>b</category>"
        '<source url="https://a.example/feed">A</source>'
        '<enclosure url="https://a.example/a.mp3" length="0" type="audio/mpeg"/>'
        '<media:content url="https://a.example/a.png" medium="image" type="image/png" '
        'fileSize="1" duration="1.5" width="1" height="1"><media:title>A</media:title>'
        '<media:thumbnail url="https://a.example/b.png"/></media:content>'
    ),
    "a description in place of a title": item(f"<description>Text</description>{GUID}"),
    "a guid that is an address": item("<title>One</title><guid>https://a.example/1</guid>"),
    "markup-like text in hexadecimal": item(ITEM.replace("One", "1 &#x3C;tests>")),
    "a podcast": rss(
        CHANNEL + PODCAST + '<itunes:image href="https://a.example/a.jpg"/>',
        f"<item>{ITEM}<itunes:duration>1:02:03</itunes:duration>"
        '<enclosure url="https://a.example/a.mp3" length="1" type="audio/mpeg"/></item>',
    ),
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_nothing_is_held_against_a_good_feed(document: str) -> None:
    assert told(document) == []


@pytest.mark.parametrize(
    "document",
    [document for document in GOOD.values() if document.startswith("<feed")],
    ids=[name for name, document in GOOD.items() if document.startswith("<feed")],
)
def test_a_good_atom_feed_is_of_the_schemas_form(document: str) -> None:
    assert atom_schema_complaints(document.encode()) == []


DOCUMENTS = [
    ("<feed>", "error", "not well-formed"),
    ("<html/>", "error", "neither Atom 1.0 nor RSS 2.0"),
    (atom().replace("Ann", "&eacute;"), "error", "not well-formed"),
    (b"<?xml version='1.0' encoding='latin1'?>" + rss().encode("latin1"), "warning", "latin1"),
    ("<!DOCTYPE rss>" + rss(), "warning", "document type"),
    (rss().replace('"2.0"', '"0.92"'), "error", "'0.92'"),
    (rss().replace(' version="2.0"', ""), "error", "@version: is missing"),
    (f'<rss version="2.0" {NAMESPACES}/>', "error", "rss/channel: is missing"),
    (rss(more='xmlns:dc2="http://purl.org/dc/elements/1.1/"'), "warning", "usual prefix"),
    (rss(more='xmlns:other="http://a.example/ns"'), "warning", "nobody knows"),
    (rss().replace("com/mrss/", "com/mrss"), "warning", "with its slash"),
    (rss().replace("elements/1.1/", "elements/9"), "warning", "is the prefix of"),
    (atom(more='xmlns:atom="http://www.w3.org/2005/Atom"'), "warning", "no prefix"),
    (rss(CHANNEL.replace("News", "News\x85")), "warning", "wrong encoding"),
    (rss(CHANNEL.replace("News", "Ã¼ber")), "warning", "wrong encoding"),
    (rss(CHANNEL.replace("News", "\ufffd")), "warning", "wrong encoding"),
    (atom().replace('xml:lang="en"', 'xml:lang="xx-YY"'), "error", "xml:lang"),
    (atom(more='xml:base="a b"'), "error", "xml:base"),
]


@pytest.mark.parametrize(("document", "level", "words"), DOCUMENTS)
def test_a_document_is_well_written(document: str | bytes, level: str, words: str) -> None:
    says(document, level, words)


def test_a_document_is_in_the_encoding_that_it_names() -> None:
    body = b"<?xml version='1.0' encoding='UTF-8'?>" + rss().replace("News", "é").encode("latin1")
    assert "error: document: is not in UTF-8: invalid continuation byte" in told(body)


ATOM_FEED = [
    (METADATA.replace(FEED_ID, ""), "error", "atom:id: is missing"),
    (METADATA.replace(FEED_TITLE, ""), "error", "atom:title: is missing"),
    (METADATA.replace(FEED_UPDATED, ""), "error", "atom:updated: is missing"),
    (METADATA.replace(AUTHOR, ""), "error", "without an author"),
    (METADATA.replace(SELF, ""), "warning", "no self link"),
    (METADATA.replace(ADDRESS, f"{ADDRESS}.atom"), "warning", "came from"),
    (METADATA.replace("application/atom+xml", "text/xml"), "warning", "no type of a feed"),
    (METADATA + FEED_TITLE, "error", "a second time"),
    (METADATA + FEED_ID, "error", "a second time"),
    (METADATA + FEED_UPDATED, "error", "a second time"),
    (METADATA + "<rights>a</rights><rights>a</rights>", "error", "a second time"),
    (METADATA + HOME, "error", "second alternate"),
    (METADATA + "<item/>", "error", "no element that belongs here"),
    (METADATA + '<item xmlns=""/>', "warning", "no element that belongs here"),
    (METADATA + "<dc:nothing/>", "error", "no element that belongs here"),
    (METADATA + "text", "error", "text where none belongs"),
    (METADATA.replace("News", ""), "warning", "is blank"),
    (METADATA.replace("urn:uuid:60a7", "urn:uuid:60"), "error", "no UUID"),
    (METADATA + "<generator/>", "warning", "is blank"),
    (METADATA + '<generator uri="a">x</generator>', "warning", "relative reference"),
    (METADATA + '<generator uri="a b">x</generator>', "error", "no address"),
    (METADATA + '<generator url="http://a.example/">x</generator>', "error", "no attribute"),
    (METADATA + "<icon> https://a.example/a.png</icon>", "error", "white space"),
    (METADATA + "<logo>a.png</logo>", "warning", "relative reference"),
    (METADATA + "<category/>", "error", "@term: is missing"),
    (METADATA + '<category term=""/>', "warning", "is blank"),
    (METADATA + '<category term="a" scheme="b"/>', "error", "no full URI"),
    (METADATA + '<category term="a" label="&amp;eacute;"/>', "warning", "looks like HTML"),
    (METADATA + "<contributor/>", "error", "atom:name: is missing"),
    (METADATA.replace("Ann", ""), "warning", "is blank"),
    (METADATA.replace("Ann", "Ann &lt;ann@example.com&gt;"), "warning", "an e-mail address"),
    (METADATA.replace("</name>", "</name><email>ann</email>"), "error", "no e-mail address"),
    (METADATA.replace("</name>", "</name><uri>a b</uri>"), "error", "no address"),
    (METADATA.replace('"text"', '"text/plain"'), "error", "neither text, html nor xhtml"),
    (METADATA + "<fh:archive/>", "warning", "without a link to another"),
    (METADATA + '<fh:complete/><link rel="next" href="http://a.example/"/>', "error", "complete"),
    (METADATA + "<sy:updatePeriod>never</sy:updatePeriod>", "error", "none of hourly"),
]


@pytest.mark.parametrize(("metadata", "level", "words"), ATOM_FEED)
def test_an_atom_feed_keeps_to_its_rules(metadata: str, level: str, words: str) -> None:
    entries = f"<entry>{ENTRY}</entry>" if "fh:archive" not in metadata else ""
    found = told(atom(metadata, entries))
    if "fh:archive" in metadata:
        assert found.pop().endswith("an archive without a link to the current feed")
    assert len(found) == 1, found
    assert found[0].startswith(f"{level}: ")
    assert words in found[0]


ATOM_ENTRY = [
    (ENTRY.replace(ENTRY_ID, ""), "error", "atom:id: is missing"),
    (ENTRY.replace(ENTRY_TITLE, ""), "error", "atom:title: is missing"),
    (ENTRY.replace(ENTRY_UPDATED, ""), "error", "atom:updated: is missing"),
    (ENTRY.replace(CONTENT, ""), "warning", "neither content nor summary"),
    (ENTRY.replace(PAGE + CONTENT, "<summary>It</summary>"), "error", "nor an alternate link"),
    (ENTRY + CONTENT, "error", "a second time"),
    (ENTRY + PAGE, "error", "second alternate"),
    (ENTRY.replace("tag:feeds.example,2026:1", "1"), "error", "no full URI"),
    (ENTRY.replace("tag:feeds.example,2026:1", "tag:feeds:1"), "error", "no tag URI"),
    (ENTRY.replace("tag:feeds.example,2026:1", "HTTP://A.example"), "warning", "the canonical"),
    (ENTRY.replace("<id>", "<id> "), "error", "white space"),
    (ENTRY.replace("2026-06-01T", "2026-06-01 "), "error", "no date of RFC 3339"),
    (ENTRY.replace("06-01T", "06-31T"), "error", "no date of RFC 3339"),
    (ENTRY.replace("+02:00", ""), "error", "no date of RFC 3339"),
    (ENTRY.replace("2026-06", "2026-07").replace("07-01", "07-02"), "warning", "the future"),
    (ENTRY.replace("2026", "1986", 2), "warning", "older than any feed"),
    (ENTRY + "<published>yesterday</published>", "error", "no date of RFC 3339"),
    (ENTRY.replace("One", "&lt;b&gt;One&lt;/b&gt;"), "warning", "looks like HTML: &lt;/b&gt;"),
    (ENTRY.replace("One", "R&amp;amp;D"), "warning", "looks like HTML: &amp;amp;"),
    (ENTRY.replace("One", "It&amp;#8217;s"), "warning", "looks like HTML: &amp;#8217;"),
    (ENTRY.replace("One", " "), "warning", "is blank"),
    (ENTRY.replace("One", "<b>One</b>"), "error", "holds elements"),
    (ENTRY + '<link rel="prev" href="http://a.example/"/>', "warning", "no registered link"),
    (ENTRY + '<link rel="current" href="http://a.example/"/>', "warning", "relation of feeds"),
    (ENTRY + '<link rel="via"/>', "error", "@href: is missing"),
    (ENTRY + '<link rel="via" href="/a"/>', "warning", "relative reference"),
    (ENTRY + '<link rel="via" href="http:/a"/>', "error", "no full address"),
    (ENTRY + '<link rel="via" href="foo://a"/>', "warning", "not registered"),
    (ENTRY + '<link rel="via" href="http://a.example/" type="html"/>', "error", "no media type"),
    (ENTRY + '<link rel="via" href="http://a.example/" title=""/>', "warning", "is blank"),
    (ENTRY + '<link rel="via" href="http://a.example/" hreflang="no_NO"/>', "error", "language"),
    (ENTRY + '<link rel="via" href="http://a.example/" length="-1"/>', "error", "whole number"),
    (ENTRY + '<link rel="via" href="http://a.example/">a</link>', "warning", "holds text"),
    (ENTRY + '<link rel="via" href="http://a.example/" lenght="1"/>', "error", "no attribute"),
    (ENTRY.replace('"html"', '"multipart/mixed"'), "error", "which has parts"),
    (ENTRY.replace('"html"', '"html" src="http://a.example/"'), "error", "elsewhere and also"),
    (ENTRY.replace('"html"', '"xhtml"'), "error", "not one xhtml:div"),
    (ENTRY + "<source/>", "warning", "is missing"),
    (ENTRY + "<dc:date>1.6.2026</dc:date>", "error", "no date of W3C-DTF"),
    (ENTRY + "<itunes:duration>long</itunes:duration>", "error", "no duration"),
]


def unescaped(words: str) -> str:
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize(("inside", "level", "words"), ATOM_ENTRY)
def test_an_atom_entry_keeps_to_its_rules(inside: str, level: str, words: str) -> None:
    found = told(entry(inside))
    about_it = [one for one in found if unescaped(words) in one]
    assert about_it, found
    assert all(one.startswith(f"{level}: ") for one in about_it)


@pytest.mark.parametrize(
    ("second", "level", "words"),
    [
        (ENTRY.replace("T00", "T01"), "warning", "two entries with the atom:id"),
        (ENTRY.replace("2026:1", "2026:2"), "warning", "two entries with the atom:updated"),
    ],
)
def test_atom_entries_differ(second: str, level: str, words: str) -> None:
    says(atom(entries=f"<entry>{ENTRY}</entry><entry>{second}</entry>"), level, words)


def test_an_atom_feed_tells_of_itself_before_its_entries() -> None:
    document = atom(METADATA.replace(HOME, ""), f"<entry>{ENTRY}</entry>{HOME}")
    says(document, "error", "atom:link after an entry")


@pytest.mark.parametrize(
    ("attributes", "level", "words"),
    [
        ('ref="urn:x-a:b"', "error", "@when: is missing"),
        ('when="2026-06-01T00:00:00Z"', "error", "@ref: is missing"),
        ('ref="urn:x-a:b" when="2026-06-01"', "error", "no date of RFC 3339"),
        ('ref="b" when="2026-06-01T00:00:00Z"', "error", "no full URI"),
        ('ref="tag:feeds.example,2026:1" when="2026-06-01T00:00:00Z"', "warning", "was deleted"),
    ],
)
def test_a_tombstone_says_what_was_deleted_and_when(
    attributes: str, level: str, words: str
) -> None:
    says(atom(f"{METADATA}<at:deleted-entry {AT} {attributes}/>"), level, words)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<script>x</script>", "<script>"),
        ("<style>p {}</style>", "<style>"),
        ("<iframe src='https://a.example/'></iframe>", "<iframe>"),
        ("<object></object>", "<object>"),
        ("<embed>", "<embed>"),
        ("<meta name='a'>", "<meta>"),
        ("<?import a>", "<?import>"),
        ("<p onclick='x'>", "the attribute onclick"),
        ("<p data-a='b'>", "the attribute data-a"),
        ("<p style='position: fixed'>", "style="),
        ("<p style='color: expression(x)'>", "style="),
        ("<blink>", "no HTML that readers know"),
        ("<a href='/b'>", "relative reference '/b'"),
        ("<img src='b.png'>", "relative reference 'b.png'"),
        ("<a href='#b'>", "relative reference '#b'"),
        ("&#x85;", "control character"),
    ],
)
def test_content_is_html_that_is_safe_everywhere(html: str, words: str) -> None:
    escaped = html.replace("&", "&amp;").replace("<", "&lt;")
    says(entry(ENTRY.replace("&lt;p&gt;", escaped)), "warning", words)
    says(item(f"{ITEM}<description>{escaped}</description>"), "warning", words)
    encoded = f"<description>x</description><content:encoded>{escaped}</content:encoded>"
    says(item(ITEM + encoded), "warning", words)


def test_style_that_is_only_looks_is_safe() -> None:
    html = "&lt;p style='color: red; text-align: center'>"
    assert told(item(f"{ITEM}<description>{html}</description>")) == []
