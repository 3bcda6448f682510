"""What Atom and RSS say by extensions of theirs: files, languages, archives, freshness."""

from __future__ import annotations

import pytest

from feedsvc.config import Http
from feedsvc.feeds.registry import Format
from feedsvc.model import Article, Enclosure
from feedsvc.reading.markup.content import paragraphs
from tests.feed_cases import BELOW, CASES, FIRST, GONE, XML, Case, config, content_of, entry
from tests.test_syndication import FH, entries, every_document, found, parsed, texts

MEDIA = "{http://search.yahoo.com/mrss/}"
SY = "{http://purl.org/rss/1.0/modules/syndication/}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def test_every_enclosure_is_a_link_with_what_is_known_of_it() -> None:
    [_, told] = entries(parsed(CASES["enclosed"], Format.ATOM))
    links = [dict(link.attrib) for link in found(told, "a:link") if link.get("rel") == "enclosure"]
    ours = "https://feeds.example/news/media"
    assert [list(link.items())[1:] for link in links] == [
        [
            ("type", "application/pdf"),
            ("href", "https://other.example/paper.pdf?a=b&c=d"),
            ("length", "5"),
        ],
        [("type", "video/webm"), ("href", f"{ours}/v.webm"), ("length", "7000000000")],
        [("type", "video/mp4"), ("href", f"{ours}/v.mp4")],
        [("href", "https://other.example/what")],
    ]


def test_rss_encloses_the_first_that_plays_and_names_all() -> None:
    wordless, told = entries(parsed(CASES["enclosed"], Format.RSS))
    [first] = found(told, "enclosure")
    assert first.get("url") == "https://feeds.example/news/media/v.webm"
    assert [one.get("medium") for one in told.findall(f"{MEDIA}content")] == [
        *("document", "video", "video", None, "image"),
    ]
    assert len(wordless.findall(f"{MEDIA}content")) == 1  # its picture is what it encloses
    assert [dict(one.attrib) for one in found(wordless, "enclosure")] == [
        {"url": "https://other.example/p", "length": "8", "type": "image/png"}
    ]


PICTURE = Enclosure("https://other.example/p.png", "image/png")
PAPER = Enclosure("https://other.example/p.pdf", "application/pdf", 5)
SOUND = Enclosure("https://other.example/s.mp3", "audio/mpeg")


@pytest.mark.parametrize(
    ("files", "enclosed"),
    [
        ((PICTURE,), []),
        ((PICTURE, PAPER), [(PAPER.url, "5")]),
        ((PICTURE, SOUND, PAPER), [(SOUND.url, "0")]),  # an episode is worth a length of 0
    ],
)
def test_rss_encloses_nothing_of_unknown_size_but_what_plays(
    files: tuple[Enclosure, ...], enclosed: list[tuple[str, str]]
) -> None:
    shown = Article("a.md", "A", paragraphs(["Text."]), enclosures=files)
    case = Case(config(), content_of(entry(shown, released=FIRST)))
    [item] = entries(parsed(case, Format.RSS))
    assert [(one.get("url"), one.get("length")) for one in found(item, "enclosure")] == enclosed
    contents = item.findall(f"{MEDIA}content")
    assert [one.get("url") for one in contents] == [one.url for one in files]
    [told] = entries(parsed(case, Format.ATOM))
    links = [link.get("href") for link in found(told, "a:link") if link.get("rel") == "enclosure"]
    assert links == [one.url for one in files]


@every_document
def test_no_thumbnail_stands_alone(name: str, form: Format) -> None:
    for told in entries(parsed(CASES[name], form)):
        shown = [one.get("url") for one in told.findall(f"{MEDIA}content")]
        assert {one.get("url") for one in told.findall(f"{MEDIA}thumbnail")} <= set(shown)
        assert len(shown) == len(set(shown))


def test_an_entry_in_another_language_says_so() -> None:
    atom, rss = (entries(parsed(CASES["enclosed"], form)) for form in XML)
    assert [told.get(LANGUAGE) for told in atom] == [None, "de"]
    assert [told.findtext("{http://purl.org/dc/elements/1.1/}language") for told in rss] == [
        None,
        "de",
    ]


def test_tags_that_differ_in_case_alone_are_one_category() -> None:
    told, _ = entries(parsed(CASES["enclosed"], Format.ATOM))
    assert [one.get("term") for one in found(told, "a:category")] == ["Sound", "still"]


def test_withdrawn_entries_leave_tombstones_in_atom() -> None:
    feed = parsed(CASES["tombstones"], Format.ATOM)
    told = [dict(one.attrib) for one in feed.findall(f"{AT}deleted-entry")]
    assert told == [{"ref": one.id, "when": one.when.isoformat()} for one in GONE]


@pytest.mark.parametrize("form", XML)
def test_an_archive_is_marked_and_leads_on_and_back(form: Format) -> None:
    marked = [name for name in CASES if list(parsed(CASES[name], form).iter(f"{{{FH}}}archive"))]
    assert marked == ["archive"]
    links = parsed(CASES["archive"], form).iter("{http://www.w3.org/2005/Atom}link")
    base, end = "https://feeds.example/news/feed", form.suffix
    assert {(link.get("rel"), link.get("href")) for link in links} >= {
        ("current", f"{base}.{end}"),
        ("prev-archive", f"{base}-1-50.{end}"),
    }


@pytest.mark.parametrize(
    ("max_age", "period", "frequency", "ttl"),
    [
        (0, "hourly", 60, 1),
        (300, "hourly", 12, 5),
        (2400, "hourly", 1, 40),
        (3600, "hourly", 1, 60),
        (6 * 3600, "daily", 4, 360),
        (3 * 86400, "weekly", 2, 4320),
        (20 * 86400, "monthly", 1, 28800),
        (90 * 86400, "yearly", 4, 129600),
        (1000 * 86400, "yearly", 1, 1440000),
    ],
)
def test_how_often_to_come_is_how_long_a_document_stays_fresh(
    max_age: int, period: str, frequency: int, ttl: int
) -> None:
    settings = config().model_copy(update={"http": Http(max_age=max_age)})
    rss = parsed(Case(settings, content_of()), Format.RSS)
    assert texts(rss, "channel/ttl") == [str(ttl)]
    assert texts(rss, f"channel/{SY}updatePeriod") == [period]
    assert texts(rss, f"channel/{SY}updateFrequency") == [str(frequency)]


@pytest.mark.parametrize(
    ("icon", "told"),
    [
        ("/i.PNG", "https://feeds.example/i.PNG"),
        ("i.gif", "https://feeds.example/r&d/it's/i.gif"),
        ("https://cdn.example/ü.jpg", "https://cdn.example/%C3%BC.jpg"),
        ("/i.svg", None),
        ("", None),
    ],
)
def test_the_icon_is_the_channels_image_where_rss_has_room_for_it(
    icon: str, told: str | None
) -> None:
    rss = parsed(Case(config(BELOW.model_copy(update={"icon": icon})), content_of()), Format.RSS)
    assert rss.findtext("channel/image/url") == told
    if told:
        for same in ("title", "link"):
            assert texts(rss, f"channel/image/{same}") == texts(rss, f"channel/{same}")


def test_the_icon_is_atoms_icon_and_logo() -> None:
    feed = parsed(CASES["dressed"], Format.ATOM)
    address = ["https://feeds.example/icon.png?a=b&c=d"]
    assert texts(feed, "a:icon") == texts(feed, "a:logo") == address
