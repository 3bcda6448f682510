"""Many processes on one ledger: however many are started, one scans at a time."""

from __future__ import annotations

import signal
from collections.abc import Callable
from itertools import pairwise

from sqlalchemy import select

from feedsvc.ledger.schema import scans
from feedsvc.ledger.store import Store
from tests.site import Service, Site, eventually


def test_of_several_schedulers_one_scans_and_the_others_say_who_and_wait(
    site: Site, serve: Callable[..., Service], store: Store, store_url: str
) -> None:
    site.write("a.txt", title="First")
    service = serve(STORE__URL=store_url, HTTP__WORKERS=4)
    service.ready()
    waiting = [serve("scheduler", STORE__URL=store_url) for _ in range(2)]
    for scheduler in waiting:
        holder = scheduler.logged(r"standing by: the scheduler lease is held by \S+ process (\d+)")
        assert int(holder[1]) not in [service.process.pid, scheduler.process.pid]
    site.write("b.txt", title="Second")
    by_hand = site.command("scan", variables={"STORE__URL": store_url})
    assert by_hand.returncode == 0, by_hand.stderr
    eventually(lambda: "Second" in service.get("/feed.atom").text)
    assert service.stop() == 0
    site.write("c.txt", title="Third")
    eventually(lambda: any("1 new" in scheduler.log for scheduler in waiting))
    for scheduler in waiting:
        assert scheduler.stop() == 0
    with store.read() as connection:
        history = connection.execute(select(scans).order_by(scans.c.token)).all()
    assert len(history) > 3
    assert [row.summary for row in history if row.outcome != "committed"] == []
    assert all(before.finished <= after.started for before, after in pairwise(history))


def test_a_scheduler_that_is_killed_is_followed_at_once_by_one_that_stands_by(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt")
    first = serve("scheduler")
    first.logged("1 new")
    second = serve("scheduler")
    second.logged("standing by")
    first.stop(signal.SIGKILL)
    second.logged("scanning ")
    site.write("b.txt")
    second.logged("1 new")
