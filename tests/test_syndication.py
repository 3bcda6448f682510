"""Atom and RSS documents, byte for byte and by the rules of both formats.

The expected documents lie in `golden/`, each with a line break between its tags, so that a
change of what subscribers get is reviewed as a change of these files. Write them anew with

    UPDATE_GOLDEN=1 pytest tests/test_syndication.py

and read the difference before you commit it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from feedsvc.feeds import jsonfeed, syndication
from feedsvc.feeds.addressing import entry_link
from feedsvc.feeds.registry import Format
from tests.feed_cases import CASES, HUBS, PLAIN, XML, Case, config, content_of
from tests.feed_rules import atom_schema_complaints, complaints

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
DOCUMENTS = [(name, form) for name in CASES for form in XML]
FH = "http://purl.org/syndication/history/1.0"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
# A title is shown as it is written, be it markup; and an article has a date of its own.
HARMLESS = ("looks like HTML: </",)
# What only whoever makes a podcast can say.
UNCONFIGURED = ("has no itunes:category", "has no itunes:owner")

every_document = pytest.mark.parametrize(
    ("name", "form"), DOCUMENTS, ids=[f"{name}.{form.suffix}" for name, form in DOCUMENTS]
)
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    """One version for ever, so that a release changes no golden document."""
    for module in (syndication, jsonfeed):
        monkeypatch.setattr(module, "__version__", "1.2.3")


def parsed(case: Case, form: Format) -> etree._Element:
    body = case.document(form).bodies["identity"]
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))


def texts(parent: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in found(parent, path)]


def found(parent: etree._Element, path: str) -> list[etree._Element]:
    return parent.findall(path, ATOM)


def entries(feed: etree._Element) -> list[etree._Element]:
    return found(feed, "a:entry" if feed.tag.startswith("{") else "channel/item")


@every_document
def test_a_document_is_byte_for_byte_the_golden_one(name: str, form: Format) -> None:
    golden = GOLDEN / f"{name}.{form.suffix}"
    lines = CASES[name].document(form).bodies["identity"].replace(b"><", b">\n<") + b"\n"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(lines)
    assert lines.decode() == golden.read_text(encoding="utf-8")


def test_there_is_no_golden_document_without_its_case() -> None:
    there = {path.name for path in GOLDEN.iterdir() if path.suffix != ".json"}
    assert there == {f"{name}.{form.suffix}" for name, form in DOCUMENTS}


@every_document
def test_a_document_has_a_declaration_and_no_document_type(name: str, form: Format) -> None:
    body = CASES[name].document(form).bodies["identity"]
    assert body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<")
    assert b"<!" not in body


@every_document
def test_no_element_is_there_for_nothing(name: str, form: Format) -> None:
    for element in parsed(CASES[name], form).iter():
        if element.tag == f"{{{FH}}}archive":
            continue  # it says all by being there
        assert len(element) or element.attrib or (element.text or "").strip(), element.tag


@every_document
def test_the_feed_speaks_of_itself_before_its_first_entry(name: str, form: Format) -> None:
    feed = parsed(CASES[name], form)
    above = feed if form is Format.ATOM else feed[0]
    tags = [etree.QName(child).localname for child in above]
    number = len(entries(feed))
    assert tags[len(tags) - number :] == ["entry" if form is Format.ATOM else "item"] * number


@every_case
def test_an_atom_feed_and_each_of_its_entries_has_what_rfc_4287_requires(case: Case) -> None:
    feed = parsed(case, Format.ATOM)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for part in (feed, *entries(feed)):
        for required in ("a:id", "a:title", "a:updated"):
            assert len(texts(part, required)) == 1
            assert texts(part, required)[0].strip()
        assert urlsplit(texts(part, "a:id")[0]).scheme == "urn"
        assert len(alternates(part)) == 1
        for at_most_one in ("generator", "icon", "logo", "rights", "subtitle", "published"):
            assert len(found(part, f"a:{at_most_one}")) <= 1
        assert len(found(part, "a:content")) <= 1
    assert found(feed, "a:author")


@every_case
def test_an_atom_entry_says_something(case: Case) -> None:
    for entry in entries(parsed(case, Format.ATOM)):
        (content,) = found(entry, "a:content") or found(entry, "a:summary")
        assert content.get("type") == ("html" if content.tag.endswith("content") else None)
        assert content.text


@every_case
def test_no_two_atom_entries_have_one_id_or_one_moment(case: Case) -> None:
    feed = parsed(case, Format.ATOM)
    for unique in ("a:entry/a:id", "a:entry/a:updated"):
        assert len(set(texts(feed, unique))) == len(entries(feed))


@every_case
def test_the_moments_of_an_atom_feed_are_those_of_rfc_3339_and_its_own_is_the_revisions(
    case: Case,
) -> None:
    feed = parsed(case, Format.ATOM)
    updated = [datetime.fromisoformat(text) for text in texts(feed, "a:entry/a:updated")]
    published = [datetime.fromisoformat(text) for text in texts(feed, "a:entry/a:published")]
    (newest,) = (datetime.fromisoformat(text) for text in texts(feed, "a:updated"))
    assert newest == case.content.updated
    assert {moment.utcoffset() for moment in (*updated, *published, newest)} == {timedelta(0)}


def alternates(part: etree._Element) -> list[str]:
    links = found(part, "a:link")
    return [link.get("href", "") for link in links if link.get("rel", "alternate") == "alternate"]


def addresses(feed: etree._Element) -> Iterator[str]:
    for element in feed.iter():
        for name in ("href", "url"):
            if name in element.attrib:
                yield element.get(name, "")
    yield from (texts(feed, "channel/link") + texts(feed, "channel/item/link"))
    yield from (texts(feed, "a:icon") + texts(feed, "a:logo") + texts(feed, "channel/image/url"))


@every_document
def test_every_address_is_absolute(name: str, form: Format) -> None:
    told = [urlsplit(address) for address in addresses(parsed(CASES[name], form))]
    assert told
    assert all(address.scheme in ("http", "https") and address.netloc for address in told)


@every_document
def test_the_self_link_is_the_address_of_the_feed(name: str, form: Format) -> None:
    links = parsed(CASES[name], form).iter("{http://www.w3.org/2005/Atom}link")
    own = [(link.get("href"), link.get("type")) for link in links if link.get("rel") == "self"]
    assert own == [(CASES[name].address(form), form.media_type)]


@pytest.mark.parametrize("form", XML)
def test_every_hub_is_named_in_the_document_and_in_its_header(form: Format) -> None:
    document = CASES["dressed"].document(form)
    links = parsed(CASES["dressed"], form).iter("{http://www.w3.org/2005/Atom}link")
    assert [link.get("href") for link in links if link.get("rel") == "hub"] == list(HUBS)
    for hub in HUBS:
        assert f'<{hub}>; rel="hub"' in document.links


@pytest.mark.parametrize("form", Format)
def test_the_header_names_the_feed_itself_and_its_other_formats(form: Format) -> None:
    links = CASES["full"].document(form).links
    base = "https://feeds.example/news"
    assert set(links) == {
        f'<{base}/>; rel="alternate"; type="text/html"',
        f'<{base}/feed.{form.suffix}>; rel="self"; type="{form.media_type}"',
        *(
            f'<{base}/feed.{other.suffix}>; rel="alternate"; type="{other.media_type}"'
            for other in Format
            if other is not form
        ),
    }


@every_case
def test_an_rss_channel_has_what_rss_requires(case: Case) -> None:
    rss = parsed(case, Format.RSS)
    assert (rss.tag, rss.get("version"), len(rss)) == ("rss", "2.0", 1)
    for required in ("title", "link", "description", "lastBuildDate", "generator"):
        assert len(texts(rss, f"channel/{required}")) == 1
    built = parsedate_to_datetime(texts(rss, "channel/lastBuildDate")[0])
    assert built == case.content.updated.replace(microsecond=0)
    assert texts(rss, "channel/link") == [case.config.address("/")]


@every_case
def test_an_rss_item_has_one_link_one_date_and_an_id_that_is_no_address(case: Case) -> None:
    rss = parsed(case, Format.RSS)
    ids = []
    for item, entry in zip(entries(rss), case.content.entries, strict=True):
        ((guid,), (link,), (date,)) = (found(item, tag) for tag in ("guid", "link", "pubDate"))
        ids.append((guid.text, guid.get("isPermaLink")))
        assert link.text == entry_link(case.config, entry)
        assert parsedate_to_datetime(date.text or "") == entry.released.replace(microsecond=0)
    assert ids == [(entry.id, "false") for entry in case.content.entries]


@every_case
def test_an_rss_item_names_its_authors_by_dc_creator_alone(case: Case) -> None:
    for item, entry in zip(entries(parsed(case, Format.RSS)), case.content.entries, strict=True):
        assert texts(item, CREATOR) == [person.name for person in entry.article.authors]
        assert found(item, "author") == []  # it comes once at most, with an e-mail address


@pytest.mark.parametrize("name", ["full", "summary"])
def test_the_text_is_there_in_full_or_not_at_all(name: str) -> None:
    rss, atom = (parsed(CASES[name], form) for form in (Format.RSS, Format.ATOM))
    whole = [entry.article.content for entry in CASES[name].content.entries]
    told = {*texts(rss, f"channel/item/{CONTENT}"), *texts(rss, "channel/item/description")}
    assert texts(atom, "a:entry/a:content") == (whole if name == "full" else [])
    assert set(whole) <= told if name == "full" else not told & set(whole)


def test_an_entry_whose_link_is_our_page_leads_to_the_original_by_via() -> None:
    case = CASES["page"]
    for entry, told in zip(case.content.entries, entries(parsed(case, Format.ATOM)), strict=True):
        assert entry.article.original
        links = {link.get("rel"): link.get("href") for link in found(told, "a:link")}
        page = f"https://feeds.example/news/articles/{entry.id.removeprefix('urn:uuid:')}"
        assert links == {"alternate": page, "via": entry.article.original.url}


@every_document
def test_the_feed_validator_has_nothing_against_a_document(name: str, form: Format) -> None:
    case = CASES[name]
    held = complaints(case.document(form).bodies["identity"], case.address(form), NOW)
    known = HARMLESS if case.config.podcast.email else (*HARMLESS, *UNCONFIGURED)
    assert [words for words in held if not any(part in words for part in known)] == []


@every_case
def test_an_atom_document_fits_the_schema_of_rfc_4287(case: Case) -> None:
    assert atom_schema_complaints(case.document(Format.ATOM).bodies["identity"]) == []


@every_document
def test_no_namespace_is_declared_for_nothing(name: str, form: Format) -> None:
    root = parsed(CASES[name], form)
    used = {etree.QName(element).namespace for element in root.iter()}
    assert set(root.nsmap.values()) == used - {None}


def test_plain_text_is_written_as_the_rss_profile_has_it() -> None:
    body = CASES["full"].document(Format.RSS).bodies["identity"].decode()
    assert "<title>&#x3C;b&gt;x&#x3C;/b&gt;</title>" in body
    assert "<category>R&#x26;D</category>" in body


def test_what_a_channel_says_in_plain_text_reads_back_through_a_reader_that_expects_html() -> None:
    plain = "R&D for 1 < 2, in <b>bold</b>"
    site = PLAIN.model_copy(update={"subtitle": plain, "rights": f"© {plain}"})
    body = Case(config(site), content_of()).document(Format.RSS).bodies["identity"]
    channel = feedparser.parse(body).feed
    assert channel.subtitle_detail.type == "text/html"
    assert [unescape(channel.subtitle), unescape(channel.rights)] == [plain, f"© {plain}"]
    assert complaints(body, f"{site.base_url}/feed.rss", NOW) == []
    atom = Case(config(site), content_of()).document(Format.ATOM).bodies["identity"]
    assert texts(etree.fromstring(atom), "a:subtitle") == [plain]
    assert texts(etree.fromstring(atom), "a:rights") == [f"© {plain}"]
