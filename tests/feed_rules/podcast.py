"""Rules for podcasts: the iTunes elements, as Apple asks for them today."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.feed_rules.markup import plain
from tests.feed_rules.names import name_of
from tests.feed_rules.place import Check, Complaint, Kind, Place, error, warning
from tests.feed_rules.values import (
    among,
    blank,
    email,
    every,
    full_uri,
    http,
    matches,
    positive,
)

CATEGORIES = {
    "Arts": "Books/Design/Fashion & Beauty/Food/Performing Arts/Visual Arts",
    "Business": "Careers/Entrepreneurship/Investing/Management/Marketing/Non-Profit",
    "Comedy": "Comedy Interviews/Improv/Stand-Up",
    "Education": "Courses/How To/Language Learning/Self-Improvement",
    "Fiction": "Comedy Fiction/Drama/Science Fiction",
    "Government": "",
    "Health & Fitness": "Alternative Health/Fitness/Medicine/Mental Health/Nutrition/Sexuality",
    "History": "",
    "Kids & Family": "Education for Kids/Parenting/Pets & Animals/Stories for Kids",
    "Leisure": "Animation & Manga/Automotive/Aviation/Crafts/Games/Hobbies/Home & Garden/"
    "Video Games",
    "Music": "Music Commentary/Music History/Music Interviews",
    "News": "Business News/Daily News/Entertainment News/News Commentary/Politics/Sports News/"
    "Tech News",
    "Religion & Spirituality": "Buddhism/Christianity/Hinduism/Islam/Judaism/Religion/Spirituality",
    "Science": "Astronomy/Chemistry/Earth Sciences/Life Sciences/Mathematics/Natural Sciences/"
    "Nature/Physics/Social Sciences",
    "Society & Culture": "Documentary/Personal Journals/Philosophy/Places & Travel/Relationships",
    "Sports": "Baseball/Basketball/Cricket/Fantasy Sports/Football/Golf/Hockey/Rugby/Running/"
    "Soccer/Swimming/Tennis/Volleyball/Wilderness/Wrestling",
    "Technology": "",
    "True Crime": "",
    "TV & Film": "After Shows/Film History/Film Interviews/Film Reviews/TV Reviews",
}
FORMATS = ("m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub")


def limited(most: int) -> Check:
    def check(value: str, place: Place) -> Iterator[Complaint]:
        if len(value) > most:
            yield error(f"has {len(value)} characters where {most} are the most")
        yield from plain(value, place)

    return check


def category(value: str, _place: Place) -> Iterator[Complaint]:
    if value not in CATEGORIES:
        yield error(f"{value!r} is none of Apple's categories")


def subcategory(value: str, place: Place) -> Iterator[Complaint]:
    parent = place.node.getparent()
    above = parent.get("text", "") if parent is not None else ""
    if value not in CATEGORIES.get(above, "").split("/"):
        yield error(f"{value!r} is none of Apple's categories below {above!r}")


def picture(value: str, place: Place) -> Iterator[Complaint]:
    yield from http(value, place)
    if not urlsplit(value).path.lower().endswith((".jpg", ".jpeg", ".png")):
        yield error(f"{value!r} is neither JPEG nor PNG")


def keywords(value: str, _place: Place) -> Iterator[Complaint]:
    if " " in value.strip() and "," not in value:
        yield warning("has words without commas between them")


def podcast(place: Place) -> Iterator[Complaint]:
    """What a channel that is a podcast must tell Apple."""
    if not any((name_of(node) or "").startswith("itunes:") for node in place.node.iter()):
        return
    for name in ("itunes:category", "itunes:explicit", "itunes:owner"):
        if not place.children(name):
            yield warning(f"is a podcast and has no {name}")
    said = place.texts("language")
    if not said and not place.node.xpath("string(ancestor-or-self::*[@xml:lang][1]/@xml:lang)"):
        yield warning("is a podcast and has no language")


def playable(place: Place) -> Iterator[Complaint]:
    """What an item of a podcast encloses is of a kind that iTunes plays."""
    if not any((name_of(child) or "").startswith("itunes:") for child in place.node):
        return
    for enclosure in place.children("enclosure"):
        end = enclosure.get("url", "").rpartition(".")[2].lower()
        if end not in FORMATS:
            yield warning(f"encloses a file of the kind {end!r}, which iTunes does not play")


COMMON = {
    "itunes:author": Kind(limited(255)),
    "itunes:block": Kind(among("Yes", "yes", "No", "no")),
    "itunes:explicit": Kind(among("true", "false")),
    "itunes:image": Kind(attributes={"href": picture}, required=("href",)),
    "itunes:keywords": Kind(every(limited(255), keywords)),
    "itunes:subtitle": Kind(limited(255)),
    "itunes:summary": Kind(limited(4000)),
    "itunes:title": Kind(every(blank, plain)),
}
OF_CHANNEL = {
    **COMMON,
    "itunes:category": Kind(
        attributes={"text": category},
        required=("text",),
        children={
            "itunes:category": Kind(attributes={"text": subcategory}, required=("text",), twice="")
        },
        twice="",
    ),
    "itunes:complete": Kind(among("Yes", "No")),
    "itunes:new-feed-url": Kind(full_uri),
    "itunes:owner": Kind(
        children={"itunes:email": Kind(email), "itunes:name": Kind(limited(255))},
        needs=("itunes:email",),
    ),
    "itunes:type": Kind(among("episodic", "serial")),
}
OF_ITEM = {
    **COMMON,
    "itunes:duration": Kind(matches(r"\d+(:[0-5]\d(:[0-5]\d)?)?", "is no duration")),
    "itunes:episode": Kind(positive),
    "itunes:episodeType": Kind(among("full", "trailer", "bonus")),
    "itunes:season": Kind(positive),
}
