"""Files are read by processes that can be killed: one bad file costs one problem, and soon.

The bad readers are a distribution of their own beside feedsvc, found as anybody's would be.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from feedsvc.model import Article, ArticleSummary, Problem, Stat
from feedsvc.reading import pool
from feedsvc.reading.jobs import DIGEST, ChangedFile, Job
from feedsvc.reading.pool import FileResult, read_all
from feedsvc.reading.source import Reading
from tests.folders import look, write
from tests.site import PATIENCE

CPU_SECONDS = 0.3
GOOD = "# A Title\n\nA paragraph.\n"
LAYOUT = '''
"""A layout whose files say how their reader is to fail."""

import hashlib, os, signal, sys, time

from feedsvc.reading.errors import ReadError
from feedsvc.model import Article


def deeper():
    return deeper()


FAILURES = {
    "sleep": lambda: time.sleep(3600),
    "waits": lambda: [time.sleep(1.0), Article("a.txt", "A", content="<p>a</p>")][1],
    "spin": lambda: [None for _ in iter(int, 1)],
    "deaf": lambda: hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2**31 - 1),
    "exit": lambda: os._exit(3),
    "exit in peace": lambda: os._exit(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "memory": lambda: bytearray(3 << 30),
    "depth": deeper,
    "error": lambda: {}["key"],
    "odd words": lambda: (_ for _ in ()).throw(ValueError(chr(0xD800) + chr(0))),
    "refusal": lambda: (_ for _ in ()).throw(ReadError("no-good", "it is no good; fix it", 7)),
    "no article": lambda: None,
    "end": sys.exit,
}


def fits(source):
    return source.text.startswith("!")


def read(source):
    return FAILURES[source.text[1:].strip()]()
'''


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The layout above is installed where workers look for such."""
    place = tmp_path_factory.mktemp("installed")
    write(place, "failing_layout.py", LAYOUT)
    write(place, "failing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: failing\n")
    write(
        place,
        "failing-1.0.dist-info/entry_points.txt",
        "[feedsvc.readers]\nfailing = failing_layout\n",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(place)
        yield


def end_pool() -> None:
    pool._end(pool._pool())
    pool._pool.cache_clear()


@pytest.fixture(scope="module")
def fresh_pool(beside: None) -> Iterator[None]:
    """Workers that know of that layout."""
    pool._pool.cache_clear()  # those of other tests do not
    yield
    end_pool()


@pytest.fixture(autouse=True)
def _soon(fresh_pool: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds."""
    monkeypatch.setattr(pool, "BATCH_SECONDS", 2.0)
    monkeypatch.setattr(pool, "FILE_SECONDS", 2.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    root.mkdir()
    return root


def read(root: Path, max_bytes: int = 1 << 20) -> dict[str, FileResult]:
    """What became of each file in the folder, in order."""
    found = read_all(Job(root, max_bytes, Reading(), CPU_SECONDS), look(root).changed)
    return {file_result.file.path: file_result for file_result in found}


def codes(file_results: dict[str, FileResult]) -> dict[str, str]:
    """The code of its problem for each file that has one."""
    return {path: one.problems[0].code for path, one in file_results.items() if one.problems}


def article(file_result: FileResult) -> Article:
    _, value = pickle.loads(file_result.article)  # noqa: S301 - written by our own workers
    assert isinstance(value, Article)
    return value


def beside_good_ones(root: Path, failure: str) -> dict[str, FileResult]:
    """One file that fails amid others that do not."""
    for name in ("a.txt", "b.txt", "y.txt", "z.txt"):
        write(root, name, GOOD)
    write(root, "m.txt", f"!{failure}")
    file_results = read(root)
    assert list(file_results) == ["a.txt", "b.txt", "m.txt", "y.txt", "z.txt"]
    others = [one.summary for path, one in file_results.items() if path != "m.txt"]
    assert all(others), "the others are read"
    return file_results


def test_files_become_articles_with_what_a_plan_needs_to_know_of_them(root: Path) -> None:
    write(root, "news/a.txt", GOOD)
    [file_result] = read(root).values()
    told = article(file_result)
    assert (told.path, told.title, file_result.problems) == ("news/a.txt", "A Title", ())
    digest = hashlib.sha256(GOOD.encode()).digest()[:DIGEST]
    assert file_result.summary == ArticleSummary.of(told, file_digest=digest)


def test_outcomes_come_in_the_order_of_the_files_however_long_each_takes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BATCH", 3)
    monkeypatch.setattr(pool, "WINDOW", 4)
    for number in range(40):
        text = "paragraph\n\n" * (5000 if number % 7 == 0 else 1)
        write(root, f"{number:02}.txt", f"# {number}\n\n{text}")
    file_results = read(root)
    assert list(file_results) == [f"{number:02}.txt" for number in range(40)]
    assert [article(one).title for one in file_results.values()] == [str(n) for n in range(40)]


def test_no_files_are_read_without_waking_anybody() -> None:
    assert list(read_all(Job(Path("/nowhere"), 1, Reading()), [])) == []


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([1] * 7, [3, 3, 1]),
        ([1] * 6, [3, 3]),
        ([200, 1, 1, 1], [1, 3]),
        ([60, 60, 60, 60], [2, 2]),
        ([1, 1000, 1], [2, 1]),
        ([], []),
    ],
)
def test_a_batch_is_cut_by_the_number_of_its_files_and_by_their_bytes(
    sizes: list[int], batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BATCH", 3)
    monkeypatch.setattr(pool, "BATCH_BYTES", 100)
    changed = [ChangedFile(f"{n}.txt", Stat(size, 0, 0), False) for n, size in enumerate(sizes)]
    cut = list(pool._batches(changed))
    assert [len(batch) for batch in cut] == batches
    assert [file for batch in cut for file in batch] == changed


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        ("sleep", "too-slow", "over 2 s, mostly waiting; "),
        ("exit in peace", "too-slow", "over 2 s, mostly waiting; "),
        ("spin", "too-complex", "over 0.3 s of CPU time; simplify it"),
        ("deaf", "too-complex", "over 0.3 s of CPU time; simplify it"),
    ],
)
def test_a_file_that_takes_for_ever_costs_one_problem_and_the_others_are_read(
    root: Path, failure: str, code: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if code == "too-complex":  # however long that takes on a busy machine
        monkeypatch.setattr(pool, "BATCH_SECONDS", PATIENCE)
        monkeypatch.setattr(pool, "FILE_SECONDS", PATIENCE)
    file_results = beside_good_ones(root, failure)
    problem = file_results["m.txt"].problems[0]
    assert codes(file_results) == {"m.txt": code}
    assert problem
    assert said in problem.message


def test_a_file_that_a_busy_machine_reads_slowly_is_read(root: Path) -> None:
    """It takes its time by the clock, and little of the processor's."""
    write(root, "a.txt", "!waits")
    assert codes(read(root)) == {}


def test_a_file_that_takes_for_ever_is_given_up_although_the_clock_was_set_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = count(time.time(), -60)
    monkeypatch.setattr("time.time", lambda: next(moments))
    assert codes(beside_good_ones(root, "sleep")) == {"m.txt": "too-slow"}


def test_what_is_raised_while_waiting_ends_the_reading_and_frees_the_workers(root: Path) -> None:
    write(root, "a.txt", "!sleep")

    def give_up() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        list(read_all(Job(root, 1 << 20, Reading()), look(root).changed, give_up))
    write(root, "a.txt", GOOD)
    assert codes(read(root)) == {}


@pytest.mark.parametrize("failure", ["exit", "kill"])
def test_a_file_that_brings_its_worker_down_costs_one_problem_and_the_others_are_read(
    root: Path, failure: str
) -> None:
    file_results = beside_good_ones(root, failure)
    problem = file_results["m.txt"].problems[0]
    assert codes(file_results) == {"m.txt": "too-complex"}
    assert problem
    assert "crashes the worker process" in problem.message


@pytest.mark.parametrize("failure", ["memory", "depth"])
def test_a_file_that_takes_too_much_memory_costs_one_problem(root: Path, failure: str) -> None:
    assert codes(beside_good_ones(root, failure)) == {"m.txt": "too-complex"}


def test_a_reader_that_fails_is_named_as_the_culprit(root: Path) -> None:
    problem = beside_good_ones(root, "error")["m.txt"].problems[0]
    assert problem
    assert (problem.path, problem.code) == ("m.txt", "reader-failed")
    assert "KeyError: 'key'" in problem.message
    assert "report" in problem.message


def test_a_refusal_keeps_its_code_its_sentence_and_its_place(root: Path) -> None:
    problem = beside_good_ones(root, "refusal")["m.txt"].problems[0]
    assert problem == Problem("m.txt", "no-good", "it is no good; fix it", 7)


def test_a_reader_that_returns_no_article_costs_one_problem(root: Path) -> None:
    assert codes(beside_good_ones(root, "no article")) == {"m.txt": "reader-failed"}


def test_a_reader_that_wants_to_end_the_program_costs_one_problem(root: Path) -> None:
    assert codes(beside_good_ones(root, "end")) == {"m.txt": "reader-failed"}


def test_what_a_failing_reader_says_can_be_stored(root: Path) -> None:
    problem = beside_good_ones(root, "odd words")["m.txt"].problems[0]
    assert problem
    assert problem.message.encode()
    assert "\x00" not in problem.message


def test_several_bad_files_cost_one_problem_each(root: Path) -> None:
    failures = {"b.txt": "exit", "d.txt": "memory", "f.txt": "kill"}
    for name in "abcdefg":
        failure = failures.get(f"{name}.txt")
        write(root, f"{name}.txt", f"!{failure}" if failure else GOOD)
    file_results = read(root)
    assert codes(file_results) == dict.fromkeys(failures, "too-complex")
    assert sum(one.summary is not None for one in file_results.values()) == 4


def test_bad_files_in_every_batch_hold_up_no_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BATCH", 3)
    for number in range(12):
        write(root, f"{number:02}.txt", "!exit" if number in {1, 8} else GOOD)
    file_results = read(root)
    assert list(file_results) == [f"{number:02}.txt" for number in range(12)]
    assert codes(file_results) == dict.fromkeys(("01.txt", "08.txt"), "too-complex")


def test_a_file_that_is_too_large_or_gone_by_now_is_no_matter_of_the_workers(root: Path) -> None:
    write(root, "a.txt", GOOD * 10)
    write(root, "b.txt", GOOD)
    job = Job(root, 100, Reading())
    gone = ChangedFile("c.txt", Stat(1, 2, 3), False)
    large, good, missing = read_all(job, [*look(root).changed, gone])
    assert large.problems[0].code == "too-large"
    assert good.summary
    assert missing.still_changing
    assert [large.still_changing, good.still_changing] == [False, False]


def test_workers_that_were_killed_while_they_read_are_replaced(root: Path) -> None:
    for _ in range(2):
        assert codes(beside_good_ones(root, "kill")) == {"m.txt": "too-complex"}


def test_workers_that_were_killed_while_they_waited_are_replaced(root: Path) -> None:
    """The kernel's OOM killer and a person with `kill` do not ask who is busy."""
    write(root, "a.txt", GOOD)
    try:
        assert codes(read(root)) == {}
        idle = [child for child in multiprocessing.active_children() if child.pid]
        for worker in idle:
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
        time.sleep(0.3)  # the pool looks after them every 0.1 s
        assert codes(read(root)) == {}
    finally:
        end_pool()
