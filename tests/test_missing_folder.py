"""A folder that is not there: a mistake in the settings of a new site, a loud problem of an old."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("command", ["scan", "serve", "scheduler", "plan"])
def test_a_new_site_without_its_folder_is_told_which_and_ends(site: Site, command: str) -> None:
    site.folder.rmdir()
    told = site.command(command)
    assert told.returncode == 2, told.stdout
    assert told.stderr.splitlines()[-1] == (
        f"feedsvc: articles.folder: {site.folder} cannot be read (No such file or directory); "
        "make the folder, fix its permissions, or name another"
    )


def test_a_web_process_beside_it_is_not_ready(site: Site, serve: Callable[..., Service]) -> None:
    site.folder.rmdir()
    assert site.command("scan").returncode == 2
    web = serve("web")
    web.ready("/healthz")
    assert web.get("/readyz").status_code == 503
    assert web.get("/feed.atom").status_code == 503


def test_a_folder_that_goes_before_anything_is_published_is_waited_for(
    site: Site, serve: Callable[..., Service]
) -> None:
    service = serve()
    service.ready("/readyz")
    site.folder.rmdir()
    service.logged(f"the scan failed: articles.folder: {site.folder} cannot be read")
    eventually(
        lambda: service.get("/readyz").status_code == 503, "nothing is read, yet it is ready"
    )
    site.folder.mkdir()
    site.write("a.txt", title="A")
    eventually(lambda: ">A<" in service.get("/feed.atom").text, "it does not come back")
    assert service.stop() == 0


def test_an_old_site_without_its_folder_keeps_its_feed(site: Site) -> None:
    site.write("a.txt", title="A")
    site.scan()
    shutil.rmtree(site.folder)
    told = site.command("scan")
    assert told.returncode == 0
    assert "root-unreadable" in told.stdout
    assert "0 withdrawn" in told.stdout
