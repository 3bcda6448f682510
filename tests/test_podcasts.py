"""A feed with sound is one that podcast applications take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from feedsvc.config.tables import Podcast
from feedsvc.feeds.registry import Format
from feedsvc.model import Enclosure, Entry
from tests.feed_cases import CASES, DRESSED, ENTRIES, EPISODES, PODCAST, Case, config, content_of

NS = {"itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd"}


def channel(case: Case) -> etree._Element:
    return etree.fromstring(case.document(Format.RSS).bodies["identity"])[0]


def podcast(said: Podcast, *entries: Entry) -> etree._Element:
    """The channel of a podcast with one episode, or these."""
    return channel(Case(config(DRESSED, podcast=said), content_of(*(entries or EPISODES[:1]))))


def enclosing(*enclosures: Enclosure) -> Entry:
    return replace(EPISODES[0], article=replace(EPISODES[0].article, enclosures=enclosures))


def test_only_a_feed_with_sound_or_film_is_a_podcast() -> None:
    podcasts = [
        name
        for name, case in CASES.items()
        if b"xmlns:itunes" in case.document(Format.RSS).bodies["identity"]
    ]
    assert podcasts == ["enclosed", "podcast", "plain_podcast"]


def test_the_channel_says_what_is_configured() -> None:
    told = channel(CASES["podcast"])
    assert told.findtext("itunes:author", None, NS) == "Ann & Ben"
    assert told.findtext("itunes:owner/itunes:name", None, NS) == "Ann & Ben"
    assert told.findtext("itunes:owner/itunes:email", None, NS) == "desk@feeds.example"
    assert told.findtext("itunes:type", None, NS) == "serial"
    assert told.findtext("itunes:explicit", None, NS) == "true"
    assert [one.get("href") for one in told.findall("itunes:image", NS)] == [
        "https://feeds.example/cover.jpeg"
    ]
    assert told.findtext("language") == "de-CH"


def test_what_is_not_configured_is_taken_from_the_site_or_left_out() -> None:
    told = podcast(Podcast())
    assert told.findtext("itunes:author", None, NS) == DRESSED.title
    assert told.find("itunes:owner", NS) is None
    assert told.find("itunes:category", NS) is None
    assert [one.get("href") for one in told.findall("itunes:image", NS)] == [
        "https://feeds.example/icon.png?a=b&c=d"
    ]


def test_a_picture_that_apple_does_not_show_is_left_out() -> None:
    assert podcast(Podcast(image="/cover.webp")).find("itunes:image", NS) is None


def test_categories_of_one_parent_stand_below_it_once() -> None:
    told = channel(CASES["podcast"])
    assert [
        (one.get("text"), [below.get("text") for below in one])
        for one in told.findall("itunes:category", NS)
    ] == [("Society & Culture", ["Documentary", "Philosophy"]), ("Technology", [])]


@pytest.mark.parametrize("category", ['A "quoted" one', "]", "A > B > C", ">"])
def test_any_category_can_be_written(category: str) -> None:
    assert podcast(Podcast(categories=(category,))).find("itunes:category", NS) is not None


def test_an_episode_has_its_duration_and_its_picture() -> None:
    items = {item.findtext("title"): item for item in channel(CASES["podcast"]).iter("item")}
    first = items["One & only"]
    assert first.findtext("itunes:duration", None, NS) == "62"
    assert first.findtext("itunes:explicit", None, NS) == "true"
    assert [one.get("href") for one in first.findall("itunes:image", NS)] == [
        "https://feeds.example/media/p.jpeg"
    ]
    second = items["Two"]  # nobody knows how long it is, and its picture is WebP
    assert [etree.QName(one).localname for one in second.findall("itunes:*", NS)] == ["explicit"]
    for other in ("Not for everyone’s player", "AT&T"):
        assert items[other].findall("itunes:*", NS) == []


def test_notes_ahead_of_the_sound_do_not_hide_it() -> None:
    notes = Enclosure("https://a.example/notes.pdf", "application/pdf", 5)
    sound = Enclosure("https://a.example/a.MP3", "audio/mpeg", 9, 8)
    told = podcast(PODCAST, enclosing(notes, sound))
    assert [one.get("url") for one in told.iter("enclosure")] == [sound.url]
    assert told.findtext("item/itunes:duration", None, NS) == "8"


def test_an_author_is_no_longer_than_apple_takes() -> None:
    told = podcast(Podcast(author="x" * 300, email="a@b.example"))
    assert len(told.findtext("itunes:author", "", NS)) == 255


def test_an_article_without_sound_makes_no_podcast() -> None:
    assert podcast(PODCAST, ENTRIES[0]).findall("itunes:*", NS) == []
