"""Decides from the keys whether an article is withheld, by the conventions of all site generators.

A withholding key with an unknown value also withholds, with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.metadata.dates import LAST_YEAR, moment
from feedsvc.reading.metadata.fields import PUBLISHED, Fields, flag, folded
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source

UNCLEAR = "unclear"
DRAFT = "draft"
_NO_FEED = "not in feeds"

# `excludeFromFeed`, `hidden_in_rss`, `rssSkip`
_OUT_OF_FEEDS = {
    name
    for verb in ("exclude", "excluded", "hide", "hidden", "omit", "skip", "ignore", "disable", "no")
    for feed in ("feed", "feeds", "rss", "atom", "rssfeed")
    for name in (f"{verb}{feed}", f"{verb}from{feed}", f"{verb}in{feed}", f"{feed}{verb}")
}
_IF_TRUE = {
    "draft": DRAFT, "isdraft": DRAFT, "hidden": "hidden", "ishidden": "hidden",
    "unlisted": "unlisted", "unpublished": "unpublished", "headless": "headless",
    "private": "private", "isprivate": "private", "protected": "protected",
    "passwordprotected": "password", "encrypt": "password", "encrypted": "password",
    "membersonly": "members only", "memberonly": "members only", "subscribersonly": "members only",
    "paid": "members only", "premium": "members only", "paywall": "members only",
    **dict.fromkeys(_OUT_OF_FEEDS, _NO_FEED),
    "eleventyexcludefromcollections": "not in lists", "excludefromcollections": "not in lists",
    "expired": "expired", "trashed": "trash", "deleted": "trash", "disabled": "hidden",
    "embargo": "embargoed", "embargoed": "embargoed", "secret": "private", "wip": DRAFT,
    "paidonly": "members only", "nopublish": "unpublished",
    "donotpublish": "unpublished", "dontpublish": "unpublished",
}  # fmt: skip
_IF_FALSE = {
    "publish": "unpublished", "ispublished": "unpublished", "public": "private",
    "ispublic": "private", "listed": "unlisted", "visible": "hidden", "routable": "not rendered",
    "dgpublish": "unpublished",
}  # fmt: skip
# These keys also take other values: dates, URLs, parts of a page, people.
_IF_TRUE_ALONE = {
    "hide": "hidden", "skip": "skipped", "pending": "pending", "trash": "trash",
    "internal": "private", "members": "members only", "exclude": "excluded",
    "disable": "hidden",
}  # fmt: skip
_IF_FALSE_ALONE = {
    "active": "hidden", "enabled": "hidden", "list": "unlisted", "article": "not in lists",
    "atom": _NO_FEED,
    "published": "unpublished", "feed": _NO_FEED, "rss": _NO_FEED, "infeed": _NO_FEED,
    **dict.fromkeys(("inrss", "feeds", "includeinrss", "includeinfeed"), _NO_FEED),
    **dict.fromkeys(("showinrss", "showinfeed"), _NO_FEED), "url": "not rendered",
    "render": "not rendered", "permalink": "not rendered",
}  # fmt: skip
_STATUS = ("status", "state", "poststatus", "publishstatus", "publicationstatus")
_WITHHOLDING = {
    "draft": DRAFT, "drafts": DRAFT, "autodraft": DRAFT, "wip": DRAFT, "inprogress": DRAFT,
    "unfinished": DRAFT, "hidden": "hidden", "hide": "hidden", "skip": "skipped",
    "skipped": "skipped", "ignore": "skipped", "private": "private", "pending": "pending",
    "review": "pending", "inreview": "pending", "trash": "trash", "trashed": "trash",
    "deleted": "trash", "unlisted": "unlisted", "unpublished": "unpublished",
    "notpublished": "unpublished", "embargo": "embargoed", "embargoed": "embargoed",
    "protected": "protected", "password": "password", "inactive": "hidden", "disabled": "hidden",
    "false": "unpublished", "no": "unpublished", "0": "unpublished", "off": "unpublished",
    "unpublish": "unpublished",
    "tobepublished": "unpublished", "workinprogress": DRAFT, "notready": DRAFT, "todo": DRAFT,
    "planned": DRAFT, "planning": DRAFT, "idea": DRAFT, "needsreview": "pending",
    "readyforreview": "pending", "rejected": "trash", "archived": "archived", "expired": "expired",
}  # fmt: skip
# Words that withhold only on their own: `No longer maintained` means something else.
_ALONE = {"no", "off", "0", "false", "idea", "hidden", "hide", "archived", "protected", "password"}
_ANYWHERE = {"draft", "drafts", "wip", "unpublished"}  # withhold at any position in the value
_WORDS = re.compile(r"[^\W_]+")
_SCHEDULED = {"future", "scheduled"}
_AUDIENCE = ("visibility", "access")
_EVERYBODY = {"public", "all", "everyone", "everybody", "anyone", "open", "free", "visible",
              "published", "publish", "web", "world", "true", "yes"}  # fmt: skip
# Audiences of Substack and others; any other value names the intended readers.
_PAYING = {"onlypaid", "paid", "founding", "members", "membersonly", "subscribers", "private",
           "internal", "onlyfree"}  # fmt: skip
_FEEDS = ("feed", "rss", "atom", "feeds")
_PARTS = ("hide", "exclude", "hidden", "excludefrom", "hidefrom")  # values name parts of a page
_NOT_SHOWN = {"exclude", "excluded", "never", "none", "hidden", "hide", "skip", "ignore", "omit"}
_PASSWORD = ("password", "passphrase", "postpassword")
_BUILD = "build"
_NEVER = {"never", "false", "no", "off", "0"}
_ALWAYS = {"always", "true", "yes", "on", "1", "link"}
EXPIRY = (
    "expirydate", "expiredate", "unpublishedat", "unpublishedon", "unpublishdate",
    "unpublishon", "unpublishat", "unpublish", "expires", "expiry", "expire", "expiresat",
    "expireson", "expireat", "expiration", "expirationdate", "expirationtime",
)  # fmt: skip
_NO_END = {"", "never", "none", "false", "no", "off", "0", "nil"}
_YEAR = re.compile(r"(\d{4,6})(?!\d)")
_ZERO_YEAR = 1  # Go's zero time, which Hugo writes for a missing date

KEYS = frozenset(
    (*_IF_TRUE, *_IF_FALSE, *_IF_TRUE_ALONE, *_IF_FALSE_ALONE, *_STATUS, *_AUDIENCE, *_PASSWORD)
) | {_BUILD, "audience", *_FEEDS, *_PARTS, *EXPIRY}  # fmt: skip


class Visibility(NamedTuple):
    """The reason why an article is withheld (empty if it is not), and its expiry date."""

    withheld: str = ""
    expires: datetime | None = None


def visibility(fields: Fields, source: Source) -> Visibility:
    """Evaluate the keys; if two contradict each other, the one that withholds wins."""
    if fields.values.keys().isdisjoint(KEYS):
        return Visibility()
    withheld = next(filter(None, _reasons(fields, source)), "")
    return Visibility(withheld, _expiry(fields, source))


def withholds(fields: Fields) -> bool:
    """Whether the keys withhold the article, now or later, with a known value."""
    withheld, expires = visibility(fields, Source("", ""))
    return withheld not in ("", UNCLEAR) or expires is not None


def _reasons(fields: Fields, source: Source) -> Iterator[str]:
    for name, value in _values(fields, KEYS):
        reason = _end(value, source)[1] if name in EXPIRY else _rule(name)(value, fields)
        if reason == UNCLEAR:
            _remark(fields, source, name, value)
        yield reason


def _values(fields: Fields, names: frozenset[str] | tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    """The non-empty values of these names, including overruled ones."""
    for name, value in fields.values.items():
        if name in names:
            for item in (value, *fields.overruled.get(name, ())):
                if item is not None and item not in ("", [], {}):
                    yield name, item


def _remark(fields: Fields, source: Source, name: str, value: Value) -> None:
    written = fields.written[name]
    shown = f" {quoted(value)}" if isinstance(value, str) else ""
    message = (
        f"{quoted(written)}: its value{shown} is not understood, so the article is withheld; "
        "write true or false, or remove the key"
    )
    source.remark("bad-visibility", message, *(fields.position(written) or (0, 0)))


Rule = Callable[[Value, Fields], str]


def _rule(name: str) -> Rule:
    """The function that maps a value of this key to the reason for withholding, or to empty."""
    if name in _STATUS:
        return _by_status
    if name in _AUDIENCE:
        return _by_audience
    if name == "audience":
        return _by_reader
    if name in _PASSWORD:
        return _by_password
    if name == _BUILD:
        return _by_build
    return lambda value, _fields: _by_flag(name, value)


def _by_flag(name: str, value: Value) -> str:
    state = flag(value)
    if state is None and (name in _FEEDS or name in _PARTS) and _is_out_of_feeds(name, value):
        return _NO_FEED
    if name == "eleventyexcludefromcollections" and isinstance(value, list):
        state = True  # excluded from some collections
    if name in ("render", "list") and isinstance(value, str) and value.strip().lower() in _NEVER:
        state = False
    if state is None:
        return UNCLEAR if name in _IF_TRUE or name in _IF_FALSE else ""
    reasons = (_IF_TRUE, _IF_TRUE_ALONE) if state else (_IF_FALSE, _IF_FALSE_ALONE)
    return reasons[0].get(name) or reasons[1].get(name, "")


def _is_out_of_feeds(name: str, value: Value) -> bool:
    """Whether a value excludes it: `rss: never`, `feed: {exclude: true}` or `hide: [toc, rss]`."""
    if isinstance(value, dict):
        flags = {folded(key): flag(inner) for key, inner in value.items()}
        included = flags.get("include", flags.get("enabled", flags.get("enable", True)))
        return included is False or any(flags.get(word) for word in _NOT_SHOWN)
    words = {folded(str(item)) for item in (value if isinstance(value, list) else [value])}
    return not words.isdisjoint(_FEEDS if name in _PARTS else _NOT_SHOWN)


def _by_status(value: Value, fields: Fields) -> str:
    """A status word, perhaps followed by others; unknown words withhold nothing."""
    if isinstance(value, list):
        return next(filter(None, (_by_status(item, fields) for item in value)), "")
    if isinstance(value, bool):
        return "" if value else "unpublished"
    if not isinstance(value, str):
        return UNCLEAR
    words = _WORDS.findall(value)
    word, first = folded("".join(words)), folded(words[0]) if words else ""
    if word in _SCHEDULED:
        return "" if fields.first(*PUBLISHED)[0] else "scheduled"
    # `Draft, to be translated`, `Not published yet`, `Final draft`
    first = "" if first in _ALONE else first
    parts = (word, first, folded("".join(words[:2])), *_ANYWHERE.intersection(map(folded, words)))
    return next((_WITHHOLDING[part] for part in parts if part in _WITHHOLDING), "")


def _by_audience(value: Value, _fields: Fields) -> str:
    if isinstance(value, list):
        return next(filter(None, (_by_audience(item, _fields) for item in value)), "")
    if isinstance(value, bool):
        return "" if value else "private"
    if not isinstance(value, str):
        return UNCLEAR
    word = folded(value.strip())
    if not word or word in _EVERYBODY:
        return ""
    if word in ("members", "paid", "subscribers", "tiers", "premium"):
        return "members only"
    return _WITHHOLDING.get(word, UNCLEAR)


def _by_reader(value: Value, _fields: Fields) -> str:
    return "members only" if isinstance(value, str) and folded(value) in _PAYING else ""


def _by_password(value: Value, _fields: Fields) -> str:
    return "" if value is False else "password"


def _by_build(value: Value, _fields: Fields) -> str:
    """Hugo's build options; `list: local` excludes a page from the site's lists."""
    if not isinstance(value, dict):
        words = {
            str(item).strip().lower() for item in (value if isinstance(value, list) else [value])
        }
        return "" if words.isdisjoint(_NEVER) else "not rendered"
    for key, inner in value.items():
        word = str(inner).strip().lower()
        if folded(key) == "list" and word not in _ALWAYS:
            return "not in lists" if word in _NEVER or word == "local" else UNCLEAR
        if folded(key) == "render" and word not in _ALWAYS:
            return "not rendered" if word in _NEVER else UNCLEAR
    return ""


def _expiry(fields: Fields, source: Source) -> datetime | None:
    ends = (_end(value, source)[0] for _, value in _values(fields, EXPIRY))
    return min((end for end in ends if end), default=None)


def _end(value: Value, source: Source) -> tuple[datetime | None, str]:
    """The expiry date, if any, and the reason if the value withholds the article now."""
    if value is False or (isinstance(value, str) and value.strip().lower() in _NO_END):
        return None, ""
    if flag(value):
        return None, "expired"
    if not isinstance(value, str):
        return None, UNCLEAR
    year = _YEAR.match(value.strip())
    if year and not _ZERO_YEAR < int(year[1]) <= LAST_YEAR:
        return None, ""
    try:
        return moment(value, source.how.timezone), ""
    except ReadError:
        return None, UNCLEAR
