"""A folder in which each mistake stands once: `feedsvc check` names it, with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.site import Site

FRONT = "---\ntitle: {}\ndate: 2024-01-01\n{}---\n\n{}\n"

# The file, what stands in it, and the line and code of its problem.
MISTAKES = {
    "missing-image.md": ("", "Text.\n\n![a](gone.png)", 8, "missing-file"),
    "missing-sound.md": ("audio: gone.mp3\n", "Notes.", 4, "missing-file"),
    "missing-enclosure.md": ("enclosure: gone.epub\n", "Notes.", 4, "missing-file"),
    "missing-link.md": ("", "[The data](data.zip)", 6, "missing-file"),
    "secret.md": ("", "[Settings](config.toml)", 6, "not-served"),
    "unknown-variable.md": ("", "Hello {{ page.nobody }}.", 6, "unknown-tag"),
    "unknown-shortcode.md": ("", 'Text.\n\n{{< chart id="1" >}}', 8, "unknown-tag"),
    "unknown-include.md": ("", "Text {% include a.html %} more.", 6, "unknown-tag"),
    "open-comment.md": ("", "Text.\n\n<!-- not closed\n\nMore.", 8, "unclosed-comment"),
    "twice.md": ("title: Another\n", "Text.", 4, "repeated-key"),
    "unclear.md": ("draft: maybe\n", "Text.", 4, "bad-visibility"),
}
WHOLE = {
    "broken.md": ("---\ntitle: [A\n---\n\nText.\n", "bad-front-matter"),
    "endless.md": ("---\ntitle: A\n\nText.\n", "bad-front-matter"),
    "script.md": ("---js\n{ title: 'A' }\n---\n\nText.\n", "bad-front-matter"),
    "bomb.md": (
        "---\na: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
            for a, b in zip("abcdefg", "bcdefgh", strict=True)
        )
        + "title: A\n---\n\nText.\n",
        "bad-front-matter",
    ),
}
WITHHELD = {
    "draft.md": ("draft: true\n", "draft"),
    "hidden.md": ("hidden: true\n", "hidden"),
    "members.md": ("visibility: members\n", "members only"),
    "expired.md": ("expiryDate: 2024-02-01\n", "expired"),
    "password.md": ("password: x\n", "password"),
}
SKIPPED = {
    "notes.adoc": ("Notes\n=====\n", "kind"),
    "README.md": ("# How\n\nText.\n", "excluded"),
    "walk.sync-conflict-20240102-101010-ABCDEFG.md": ("# A\n\nText.\n", "excluded"),
    "pages/about.md": ("# About\n\nText.\n", ""),
    "old.md": ("---\nredirect_to: /new/\n---\n", "content"),
    "bundle/notes.md": ("Raw notes.\n", "content"),
}


@pytest.fixture
def told(site: Site) -> dict[str, Any]:
    for name, (keys, text, _, _) in MISTAKES.items():
        _write(site.folder / name, FRONT.format(name, keys, text))
    for name, (whole, _) in (WHOLE | SKIPPED).items():
        _write(site.folder / name, whole)
    for name, (keys, _) in WITHHELD.items():
        _write(site.folder / name, FRONT.format(name, keys, "Text."))
    _write(site.folder / "bundle" / "index.md", FRONT.format("Bundle", "", "Text."))
    _write(site.folder / "config.toml", "secret = 1\n")
    result = site.command("check", "--all", "--format", "json", str(site.folder))
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_each_mistake_is_named_with_its_file_and_line(told: dict[str, Any]) -> None:
    found = {(Path(one["path"]).name, one["line"], one["code"]) for one in told["problems"]}
    expected = {(name, line, code) for name, (_, _, line, code) in MISTAKES.items()}
    assert expected - found == set()
    codes = {(name, code) for name, _, code in found}
    assert {(name, code) for name, (_, code) in WHOLE.items()} - codes == set()
    named = MISTAKES.keys() | WHOLE.keys()
    assert {name for name, _, _ in found} == named


def test_what_is_withheld_is_counted_by_its_reason(told: dict[str, Any]) -> None:
    for _, reason in WITHHELD.values():
        assert told["withheld"].get(reason) == 1, reason


def test_what_is_skipped_is_named_with_its_reason(told: dict[str, Any]) -> None:
    found = {one["path"]: one["reason"] for one in told["skipped"]}
    for name, (_, reason) in SKIPPED.items():
        kinds = [kind for path, kind in found.items() if path.endswith(name)]
        folders = [path for path in found if path.endswith(name.partition("/")[0] + "/")]
        assert kinds == [reason] or (not reason and folders), name
