"""The command `check`: every mistake at its place, with no ledger and nothing changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import Result

from feedsvc.model import Problem
from feedsvc.model.problem_codes import PROBLEM_CODES
from feedsvc.scan.check import HINT, check, targets
from tests.commands import invoke
from tests.site import CONFIG, Site

BAD_DATE = "bad-date '2026-13-01' is not a date; write it as 2026-01-31T09:00:00+00:00"
ORIGINAL = "[X](https://x.example/1)"


def bad(site: Site, path: str = "bad.txt") -> Path:
    return site.write(path, date="2026-13-01")


def front_matter(site: Site, path: str, keys: str, body: str = "Text.") -> None:
    file = site.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"---\n{keys}\n---\n{body}\n", encoding="utf-8")


def found(site: Site, *named: str) -> list[tuple[str, str]]:
    """Path and code of each problem."""
    config = site.config()
    named = tuple(str(site.folder / name) for name in named)
    checked = check(config, targets(config.articles.folder, named))
    root = f"{site.folder}/"
    return [(problem.path.removeprefix(root), problem.code) for problem in checked.problems]


def lines(result: Result) -> list[str]:
    assert result.exit_code == 1, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_a_problem_is_printed_with_file_line_and_column(site: Site) -> None:
    site.write("good.txt")
    file = bad(site)
    result = site.command("check")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == f"{file}:3:1: {BAD_DATE}\n"


def test_a_folder_without_problems_says_how_many_files_were_read(site: Site) -> None:
    site.write("one.txt")
    assert invoke(site, "check").output == "1 file, no problems\n"
    site.write("de/two.txt")
    result = invoke(site, "check")
    assert (result.exit_code, result.output) == (0, "2 files, no problems\n")


@pytest.mark.parametrize(
    ("at", "named", "shown"),
    [
        (".", [], "articles/en/bad.txt"),
        (".", ["articles"], "articles/en/bad.txt"),
        (".", ["./articles/en/"], "./articles/en/bad.txt"),
        (".", ["articles/en/bad.txt"], "articles/en/bad.txt"),
        ("articles", ["."], "en/bad.txt"),
        ("articles", [], "en/bad.txt"),
        ("articles/de", ["../en/bad.txt"], "../en/bad.txt"),
        ("articles/en", [], "{folder}/en/bad.txt"),
        (".", ["{folder}/en/bad.txt"], "{folder}/en/bad.txt"),
        ("elsewhere", ["entrance/en"], "entrance/en/bad.txt"),
        ("elsewhere", ["entrance"], "entrance/en/bad.txt"),
    ],
)
def test_a_file_is_named_as_the_user_named_it_so_that_an_editor_can_go_there(
    site: Site, at: str, named: list[str], shown: str
) -> None:
    bad(site, "en/bad.txt")
    (site.folder / "de").mkdir()
    (site.base / "elsewhere").mkdir()
    (site.base / "elsewhere" / "entrance").symlink_to(site.folder)
    named = [name.format(folder=site.folder) for name in named]
    here = site.base / at
    if at == "articles":  # the folder itself is shown without a name
        shown = shown.removeprefix("articles/")
    (told,) = lines(invoke(site, "check", *named, at=here))
    place = shown.format(folder=site.folder)
    assert told == f"{place}:3:1: {BAD_DATE}"
    assert (here / place).is_file()


def test_a_configuration_above_the_current_folder_shows_plain_paths(site: Site) -> None:
    bad(site)
    (site.base / "deep").mkdir()
    result = invoke(site, "--config", "../config.toml", "check", at=site.base / "deep")
    assert lines(result) == [f"{site.folder}/bad.txt:3:1: {BAD_DATE}"]


def test_json_is_an_object_with_null_where_no_place_is_known(site: Site) -> None:
    nothing = {"files": 0, "problems": [], "withheld": {}}
    assert json.loads(invoke(site, "check", "--format", "json").output) == nothing
    bad(site)
    (site.folder / "empty.md").touch()
    result = invoke(site, "check", "--format", "json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)["problems"]
    code, message = BAD_DATE.split(" ", maxsplit=1)
    assert first == {
        "path": "articles/bad.txt",
        "line": 3,
        "column": None,
        "code": code,
        "message": message,
    }
    assert second["path"] == "articles/empty.md"
    assert second["column"] is None


def test_only_what_is_named_is_read_and_once(site: Site) -> None:
    for path in ("a.txt", "a/1.txt", "a/b/2.txt", "b.txt"):
        bad(site, path)
    assert found(site, "a") == [("a/1.txt", "bad-date"), ("a/b/2.txt", "bad-date")]
    assert found(site, "a/b", "a/b/2.txt", "a", "b.txt") == [
        ("a/1.txt", "bad-date"),
        ("a/b/2.txt", "bad-date"),
        ("b.txt", "bad-date"),
    ]


def test_files_that_are_still_being_written_are_read_as_they_are(site: Site) -> None:
    site.file.write_text(CONFIG.replace("settle_seconds = 0", "settle_seconds = 3600"))
    bad(site)
    assert found(site) == [("bad.txt", "bad-date")]


def test_nothing_is_made_or_changed(site: Site) -> None:
    site.write("a.txt")
    before = sorted(site.base.rglob("*"))
    invoke(site, "check")
    assert sorted(site.base.rglob("*")) == before


def test_two_articles_with_one_id_are_told_at_the_second(site: Site) -> None:
    for name in ("a", "b", "c"):
        front_matter(site, f"{name}.md", f"title: {name}\nid: same", f"Text {name}.")
    front_matter(site, "draft.md", "title: A\nid: same\ndraft: true")
    *result, withheld = lines(invoke(site, "check"))
    assert withheld == "1 withheld: 1 draft"
    assert [line.split(": ")[0] for line in result] == ["articles/b.md:1:1", "articles/c.md:1:1"]
    assert result[0].endswith(
        "duplicate-id it claims the id 'same', which is that of a.md; "
        "give it an id of its own, or none"
    )


def test_two_articles_with_one_original_are_told_as_a_scan_tells_them(site: Site) -> None:
    site.write("b.txt", body="Two.", Original=ORIGINAL)
    site.write("a.txt", body="One.", Original=ORIGINAL)
    front_matter(site, "draft.md", "title: A\ndraft: true\noriginal: https://x.example/1")
    told, _ = lines(invoke(site, "check"))
    place, _, said = told.partition(": ")
    assert place == "articles/b.txt:1:1"
    _, scanned = invoke(site, "scan").stdout.splitlines()
    assert scanned.strip() == "b.txt: " + said.replace(" ", ": ", 1)


@pytest.mark.parametrize("name", [".hidden.txt", "a.txt~", "#a.txt#", "a.txt.part", ".dir/a.txt"])
def test_a_file_that_a_scan_passes_over_is_a_problem_that_says_so(site: Site, name: str) -> None:
    site.write(name)
    assert found(site, name) == [(name, "not-included")]
    assert found(site) == []


def test_a_file_that_fits_no_pattern_is_a_problem_that_names_the_patterns(site: Site) -> None:
    site.write("en/picture.png")
    result = lines(invoke(site, "check", "articles/en", "articles/en/picture.png"))
    assert result == [
        "articles/en/picture.png:1:1: not-included no pattern of articles.include fits it "
        f"(*.md, *.markdown, *.mdx, *.txt, *.html, *.htm, *.rst, *.org, *.ipynb), {HINT}"
    ]


@pytest.mark.parametrize(
    ("named", "code"),
    [("link.txt", "not-a-file"), ("way", "not-a-file"), ("way/a.txt", "not-included"),
     ("pipe.md", "not-a-file"), ("loop.txt", "not-a-file"), ("nowhere.md", "not-a-file")],
)  # fmt: skip
def test_what_is_no_regular_file_is_never_read(site: Site, named: str, code: str) -> None:
    site.write("there/a.txt")
    (site.folder / "link.txt").symlink_to("there/a.txt")
    (site.folder / "way").symlink_to("there")
    (site.folder / "loop.txt").symlink_to("loop.txt")
    (site.folder / "nowhere.md").symlink_to("nowhere")
    os.mkfifo(site.folder / "pipe.md")
    assert found(site, named) == [(named, code)]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("config.toml", "this is not in articles.folder ({folder}); name a file or folder there"),
        ("articles-too", "this is not in articles.folder ({folder}); name a file or folder there"),
        ("articles/no.txt", "there is no such file or folder; name one that is"),
        ("articles/a.txt/b", "there is no such file or folder; name one that is"),
    ],
)
def test_a_path_that_is_not_in_the_folder_is_one_sentence_with_status_2(
    site: Site, named: str, said: str
) -> None:
    site.write("a.txt")
    (site.base / "articles-too").mkdir()
    result = invoke(site, "check", "articles", named)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"feedsvc: {named}: {said.format(folder=site.folder)}\n"


def test_a_wrong_configuration_ends_with_status_2(site: Site) -> None:
    site.file.write_text("")
    result = invoke(site, "check")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_folder_that_is_not_there_is_a_problem(site: Site) -> None:
    site.folder.rmdir()
    (told,) = lines(invoke(site, "check"))
    assert told.startswith("articles:1:1: root-unreadable articles.folder cannot be read ")


def test_a_name_that_would_steer_the_terminal_or_is_no_text_is_spelled_out(site: Site) -> None:
    bad(site, "a\x1b[2Jb.txt")
    (site.folder / os.fsdecode(b"\xff.txt")).write_text("# T\n\nText.\n")
    told = lines(invoke(site, "check"))
    places = [line.partition(": bad-name ")[0] for line in told]
    assert places == ["articles/\\udcff.txt:1:1", "articles/a\\x1b[2Jb.txt:1:1"]
    assert "\x1b" not in "".join(told)


def test_a_file_that_goes_while_it_is_read_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = site.write("a.txt")
    real = check.__globals__["read_changed"]

    def read_changed(*arguments: object) -> object:
        file.unlink()
        return real(*arguments)

    monkeypatch.setattr("feedsvc.scan.check.read_changed", read_changed)
    assert found(site) == [("a.txt", "still-changing")]


def test_problems_come_in_the_order_of_their_places(site: Site) -> None:
    for path in ("b.txt", "a/z.txt", "a.txt"):
        bad(site, path)
    config = site.config()
    checked = check(config, targets(config.articles.folder, []))
    assert all(isinstance(problem, Problem) for problem in checked.problems)
    assert [problem.path.rpartition("articles/")[2] for problem in checked.problems] == [
        "a.txt",
        "a/z.txt",
        "b.txt",
    ]
    assert checked.files == 3


def test_progress_is_told_as_the_files_are_read(site: Site) -> None:
    for number in range(3):
        site.write(f"{number}.txt")
    config = site.config()
    told: list[tuple[int, int]] = []
    check(config, targets(config.articles.folder, []), lambda *step: told.append(step))
    assert told[-1] == (3, 3)


def test_what_is_withheld_is_counted_by_its_reason(site: Site) -> None:
    for name, key in ("a", "draft: true"), ("b", "hidden: yes"), ("c", "status: draft"):
        front_matter(site, f"{name}.md", f"title: {name}\n{key}")
    front_matter(site, "d.md", "title: D\nexpiryDate: 2020-01-01")
    front_matter(site, "e.md", "title: E\nexpiryDate: 2150-01-01")
    assert invoke(site, "check").stdout.splitlines() == [
        "5 files, no problems",
        "4 withheld: 2 draft, 1 expired, 1 hidden",
    ]
    assert invoke(site, "check", "articles/e.md").stdout == "1 file, no problems\n"
    told = json.loads(invoke(site, "check", "--format", "json").stdout)
    assert (told["files"], told["withheld"]) == (5, {"draft": 2, "expired": 1, "hidden": 1})


def test_every_problem_code_is_explained(site: Site) -> None:
    explained = site.command("check", "--codes").stdout
    for code, explanation in PROBLEM_CODES.items():
        assert f"{code}\n    {explanation.meaning}\n    {explanation.remedy}\n" in explained
