"""That each rule for RSS 2.0, podcasts and Media RSS is kept: one small bad document for each."""

from __future__ import annotations

import pytest

from tests.test_feed_rules import ADDRESS, CHANNEL, GUID, ITEM, PODCAST, item, rss, says, told

IMAGE = (
    "<image><url>https://a.example/a.png</url><title>News</title>"
    "<link>https://feeds.example/</link></image>"
)
DATE = "Mon, 01 Jun 2026 00:00:00 +0000"
DATED = "<pubDate>{}</pubDate>"

RSS_CHANNEL = [
    (CHANNEL.replace("<title>News</title>", ""), "error", "title: is missing"),
    (CHANNEL.replace("<link>https://feeds.example/</link>", ""), "error", "link: is missing"),
    (CHANNEL.replace("<description>All</description>", ""), "error", "description: is missing"),
    (CHANNEL.replace('rel="self"', 'rel="hub"'), "warning", "no self link"),
    (CHANNEL.replace(ADDRESS, f"{ADDRESS}.rss"), "warning", "came from"),
    (CHANNEL + "<title>News</title>", "error", "a second time"),
    (CHANNEL + "<ttl>1</ttl><ttl>1</ttl>", "error", "a second time"),
    (CHANNEL + "<subtitle>News</subtitle>", "error", "no element that belongs here"),
    (CHANNEL + "text", "error", "text where none belongs"),
    (CHANNEL.replace("News", ""), "warning", "is blank"),
    (CHANNEL.replace("News", "News &lt;/b&gt;"), "warning", "looks like HTML"),
    (CHANNEL.replace("All", "A &lt;test&gt;"), "warning", "hexadecimal reference"),
    (CHANNEL.replace("<link>https://feeds.example/", "<link>/"), "error", "no full URI"),
    (CHANNEL.replace("<link>https://feeds.example/", "<link>https://ü.example/"), "error", "ASCII"),
    (CHANNEL.replace("<language>en", "<language>english"), "error", "no language tag"),
    (CHANNEL + "<ttl>0</ttl>", "error", "no whole number above 0"),
    (CHANNEL + "<ttl>1.5</ttl>", "error", "no whole number above 0"),
    (CHANNEL + "<docs>here</docs>", "error", "no full URI"),
    (CHANNEL + "<category/>", "warning", "is blank"),
    (CHANNEL + "<managingEditor>Ann</managingEditor>", "error", "no e-mail address"),
    (CHANNEL + "<webMaster>a@b.example</webMaster>", "warning", "no name in parentheses"),
    (CHANNEL + "<lastBuildDate>2026-06-01</lastBuildDate>", "error", "no date of RFC 822"),
    (CHANNEL + "<skipDays><day>Someday</day></skipDays>", "error", "none of Monday"),
    (CHANNEL + "<skipHours><hour>24</hour></skipHours>", "error", "no hour"),
    (CHANNEL + "<image/>", "error", "is missing"),
    (CHANNEL + IMAGE.replace("News", "Others"), "warning", "an image whose title"),
    (CHANNEL + IMAGE.replace("feeds.example", "b.example"), "warning", "an image whose link"),
    (CHANNEL + IMAGE.replace(".png", ".svg"), "warning", "neither JPEG, GIF nor PNG"),
    (CHANNEL + IMAGE.replace("https://a.example/a", "a"), "error", "no full URI"),
    (CHANNEL + IMAGE.replace("</link>", "</link><width>145</width>"), "error", "1 to 144"),
    (CHANNEL + IMAGE.replace("</link>", "</link><height>401</height>"), "error", "1 to 400"),
    (CHANNEL + "<sy:updatePeriod>Hourly</sy:updatePeriod>", "error", "none of hourly"),
    (CHANNEL + "<sy:updateFrequency>0</sy:updateFrequency>", "error", "above 0"),
    (CHANNEL + "<sy:updateBase>noon</sy:updateBase>", "error", "no date of W3C-DTF"),
    (CHANNEL + "<dc:language>en</dc:language>", "warning", "both language and dc:language"),
    (CHANNEL + "<copyright>a</copyright><dc:rights>a</dc:rights>", "warning", "both copyright"),
    (
        CHANNEL + f"<pubDate>{DATE}</pubDate><dc:date>2026</dc:date>",
        "warning",
        "both pubDate and dc:date",
    ),
    (CHANNEL + '<media:thumbnail url="https://a.example/a.png"/>', "error", "thumbnail alone"),
]


@pytest.mark.parametrize(("channel", "level", "words"), RSS_CHANNEL)
def test_a_channel_keeps_to_its_rules(channel: str, level: str, words: str) -> None:
    found = told(rss(channel))
    about_it = [one for one in found if words in one]
    assert about_it, found
    assert len(found) == len(about_it)
    assert all(one.startswith(f"{level}: ") for one in found)


ENCLOSURE = '<enclosure url="https://a.example/a.mp3" length="1" type="audio/mpeg"/>'
RSS_ITEM = [
    (GUID, "error", "neither title nor description"),
    (ITEM.replace(GUID, ""), "warning", "guid: is missing"),
    (ITEM + GUID, "error", "a second time"),
    (ITEM.replace("One", ""), "warning", "is blank"),
    (ITEM.replace("One", "R&amp;amp;D"), "warning", "looks like HTML: &amp;"),
    (ITEM.replace("One", "a &lt;tag"), "warning", "hexadecimal reference"),
    (ITEM.replace("https://feeds.example/1", "/1"), "error", "no full URI"),
    (ITEM + "<published/>", "error", "no element that belongs here"),
    (ITEM.replace("false", "no"), "error", "none of true, false"),
    (ITEM.replace(' isPermaLink="false"', ""), "error", "no permanent link"),
    (ITEM.replace(GUID, "<guid>12</guid>"), "error", "no full URI"),
    (ITEM.replace(GUID, '<guid isPermaLink="false">12</guid>'), "warning", "others have too"),
    (ITEM.replace(GUID, '<guid isPermaLink="false"/>'), "warning", "is blank"),
    (ITEM + "<author>Ann</author>", "error", "no e-mail address"),
    (ITEM + "<author>a@b.example</author>", "warning", "no name in parentheses"),
    (
        ITEM + "<author>a@b.example (Ann)</author><dc:creator>Ann</dc:creator>",
        "warning",
        "both author and dc:creator",
    ),
    (ITEM + "<category/>", "warning", "is blank"),
    (ITEM + "<category>a</category><dc:subject>a</dc:subject>", "warning", "both category"),
    (ITEM + "<source>A</source>", "error", "@url: is missing"),
    (ITEM + '<source url="a">A</source>', "error", "no full URI"),
    (ITEM + ENCLOSURE + ENCLOSURE, "warning", "a second time"),
    (ITEM + ENCLOSURE.replace('"1"', '"-1"'), "error", "an unknown length is 0"),
    (ITEM + ENCLOSURE.replace('"1"', '"a"'), "error", "no length in bytes"),
    (ITEM + ENCLOSURE.replace(' length="1"', ""), "error", "@length: is missing"),
    (ITEM + ENCLOSURE.replace("audio/mpeg", "mp3"), "error", "no media type"),
    (ITEM + ENCLOSURE.replace("https://a.example", ""), "error", "no full http address"),
    (
        ITEM + "<content:encoded>x</content:encoded><description>x</description>",
        "warning",
        "without a description before it",
    ),
    (
        ITEM + DATED.format(DATE) + "<dc:date>2026-06-01</dc:date>",
        "warning",
        "both pubDate and dc:date",
    ),
    (ITEM + DATED.format(DATE.replace("Mon", "Tue")), "error", "wrong day of the week"),
    (ITEM + DATED.format(DATE.replace("2026", "26")), "warning", "few read"),
    (ITEM + DATED.format("Thu, 02 Jul 2026 00:00:00 GMT"), "warning", "in the future"),
    (ITEM + DATED.format("1 June 2026"), "error", "no date of RFC 822"),
    (ITEM + '<media:thumbnail url="https://a.example/a.png"/>', "error", "thumbnail alone"),
    (ITEM + '<media:content url="a.png"/>', "error", "no full URI"),
    (ITEM + '<media:content medium="picture"/>', "error", "none of image"),
    (ITEM + '<media:content type="png"/>', "error", "no media type"),
    (ITEM + '<media:content fileSize="0"/>', "error", "above 0"),
    (ITEM + '<media:content duration="1:00"/>', "error", "no number"),
    (ITEM + '<media:content isDefault="yes"/>', "error", "none of true"),
    (ITEM + '<media:content expression="half"/>', "error", "none of sample"),
    (ITEM + '<media:content length="1"/>', "error", "no attribute"),
    (ITEM + "<media:group><media:content/></media:group>", "error", "fewer than two"),
    (ITEM + "<media:content><media:thumbnail/></media:content>", "error", "@url: is missing"),
    (ITEM + "<media:title>a &lt;/b&gt;</media:title>", "warning", "looks like HTML"),
    (ITEM + '<media:title type="html">&lt;script&gt;</media:title>', "warning", "unsafe"),
    (ITEM + '<media:hash algo="md5">12</media:hash>', "error", "no hash"),
    (ITEM + "<media:player/>", "error", "@url: is missing"),
    (ITEM + '<atom:content xmlns:atom="http://www.w3.org/2005/Atom">a</atom:content>',
     "warning", "which RSS has an element for"),
    (ITEM + '<atom:id xmlns:atom="http://www.w3.org/2005/Atom">tag:a.example,2026:1</atom:id>',
     "warning", "both guid and atom:id"),
    (ITEM + '<atom:updated xmlns:atom="http://www.w3.org/2005/Atom">2026</atom:updated>',
     "error", "no date of RFC 3339"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "level", "words"), RSS_ITEM)
def test_an_item_keeps_to_its_rules(inside: str, level: str, words: str) -> None:
    says(item(inside), level, words)


def test_guids_differ() -> None:
    says(rss(items=f"<item>{ITEM}</item>" * 2), "error", "two items with the guid")


def test_a_channel_tells_of_itself_before_its_items() -> None:
    document = rss(items=f"<item>{ITEM}</item><ttl>5</ttl>")
    says(document, "warning", "an item before something that tells about the channel")


def test_an_attribute_extends_rss_only_by_the_boards_specification() -> None:
    more = 'xml:lang="en" xmlns:x="http://a.example/ns"'
    document = rss(more=more).replace("<channel>", '<channel x:y="z">')
    assert any("extends RSS by an attribute" in one for one in told(document))
    docs = "<docs>http://www.rssboard.org/rss-specification</docs></channel>"
    found = told(document.replace("</channel>", docs))
    assert not any("extends RSS by an attribute" in one for one in found)


def test_an_archive_in_rss_leads_to_its_neighbour_and_to_the_current_feed() -> None:
    found = told(rss(f"{CHANNEL}<fh:archive/>"))
    assert len(found) == 2
    assert all("is an archive without a link" in one for one in found)


OF_PODCAST = [
    (PODCAST.replace("false", "clean"), "error", "none of true, false"),
    (PODCAST.replace("false", "no"), "error", "none of true, false"),
    (PODCAST + '<itunes:category text="Audio Blogs"/>', "error", "none of Apple's categories"),
    (PODCAST.replace("Books", "Golf"), "error", "below 'Arts'"),
    (PODCAST.replace(' text="Books"', ""), "error", "@text: is missing"),
    (PODCAST.replace("ann@example.com", "Ann"), "error", "no e-mail address"),
    (PODCAST.replace("<itunes:email>ann@example.com</itunes:email>", ""), "error", "email: is"),
    (PODCAST.replace("<itunes:explicit>false</itunes:explicit>", ""), "warning", "itunes:explicit"),
    (PODCAST.partition("<itunes:owner>")[0], "warning", "no itunes:owner"),
    (PODCAST[PODCAST.index("<itunes:explicit>") :], "warning", "no itunes:category"),
    (PODCAST + '<itunes:image href="https://a.example/a.webp"/>', "error", "neither JPEG nor PNG"),
    (PODCAST + '<itunes:image href="a.png"/>', "error", "no full http address"),
    (PODCAST + "<itunes:image/>", "error", "@href: is missing"),
    (PODCAST + f"<itunes:author>{'a' * 256}</itunes:author>", "error", "255 are the most"),
    (PODCAST + f"<itunes:summary>{'a' * 4001}</itunes:summary>", "error", "4000 are the most"),
    (PODCAST + "<itunes:keywords>one two</itunes:keywords>", "warning", "without commas"),
    (PODCAST + "<itunes:type>daily</itunes:type>", "error", "none of episodic"),
    (PODCAST + "<itunes:new-feed-url>a</itunes:new-feed-url>", "error", "no full URI"),
    (PODCAST + "<itunes:newFeedUrl>a</itunes:newFeedUrl>", "error", "belongs here"),
]


@pytest.mark.parametrize(("podcast", "level", "words"), OF_PODCAST)
def test_a_podcast_keeps_to_its_rules(podcast: str, level: str, words: str) -> None:
    says(rss(CHANNEL + podcast), level, words)


def test_a_podcast_says_its_language() -> None:
    silent = CHANNEL.replace("<language>en</language>", "")
    says(rss(silent + PODCAST), "warning", "a podcast and has no language")
    assert told(rss(silent + PODCAST, more='xml:lang="en"')) == []


@pytest.mark.parametrize(
    ("inside", "level", "words"),
    [
        ("<itunes:duration>1:60</itunes:duration>", "error", "no duration"),
        ("<itunes:duration>an hour</itunes:duration>", "error", "no duration"),
        ("<itunes:episode>one</itunes:episode>", "error", "above 0"),
        ("<itunes:episodeType>long</itunes:episodeType>", "error", "none of full"),
        ("<itunes:explicit>yes</itunes:explicit>", "error", "none of true"),
        (
            "<itunes:season>1</itunes:season>" + ENCLOSURE.replace(".mp3", ".ogg"),
            "warning",
            "iTunes does not play",
        ),
    ],
)
def test_an_episode_keeps_to_its_rules(inside: str, level: str, words: str) -> None:
    says(rss(CHANNEL + PODCAST, f"<item>{ITEM}{inside}</item>"), level, words)
