"""The web server's own part: what signals do, and workers that end while others follow."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from feedsvc.processes.reloading import Configurations
from feedsvc.web.listening import bind
from feedsvc.web.server import Server
from tests.fronts import free_port
from tests.processes import children
from tests.site import CONFIG, PATIENCE, Service, Site

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]


@pytest.mark.parametrize("handler", ["signal_handler_interrupt", "signal_handler_reload"])
def test_a_signal_that_interrupts_another_waits_for_no_lock(tmp_path: Path, handler: str) -> None:
    """The main thread would wait for itself: it holds the lock as it waits, or sets the event."""
    config, hangup = Site(tmp_path).config(), threading.Event()
    with closing(bind(config.http)) as listener:
        server = Server(Configurations(config, config), listener, hangup.set)
        workers = server._workers
        with workers.main_loop_interrupt._cond, vars(hangup)["_cond"]:
            handling = threading.Thread(target=getattr(workers, handler), daemon=True)
            handling.start()
            handling.join(PATIENCE)
            assert not handling.is_alive()


def test_signals_close_to_one_another_end_the_server_as_one_does(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    site.scan()
    service = serve("web")
    service.ready()
    for number in (signal.SIGHUP, signal.SIGTERM):
        for _ in range(200):
            service.process.send_signal(number)
    assert service.process.wait(PATIENCE) == 0
    assert "Traceback" not in service.log


def test_a_worker_that_is_killed_as_the_address_changes_takes_nobody_with_it(
    site: Site, serve: Serve
) -> None:
    site.write("a.txt")
    site.scan()
    site.file.write_text(CONFIG.replace("port = 0", f"port = {free_port()}"))
    service = serve("web")
    service.ready()
    worker, moved = next(iter(children(service.process.pid))), free_port()
    site.file.write_text(CONFIG.replace("port = 0", f"port = {moved}"))
    service.process.send_signal(signal.SIGHUP)
    service.logged(f"listening on http://127.0.0.1:{moved}")
    time.sleep(1.1)  # the former address is given up, and its workers are yet to be stopped
    os.kill(worker, signal.SIGKILL)
    time.sleep(2)
    assert httpx.get(f"http://127.0.0.1:{moved}/feed.atom").status_code == 200
    assert service.stop() == 0
    assert "Traceback" not in service.log


@pytest.mark.parametrize("line", ['host = "0.0.0.0"', 'socket = "./articles/../s"'])
def test_what_means_nothing_beside_a_socket_can_be_changed(
    site: Site, serve: Serve, line: str
) -> None:
    site.write("a.txt")
    site.scan()
    site.file.write_text(CONFIG.replace("port = 0", 'socket = "s"'))
    service = serve("web")
    service.logged("listening on unix:")
    other = line if "socket" in line else f'socket = "s"\n{line}\nport = 8001'
    site.file.write_text(CONFIG.replace("port = 0", other))
    service.process.send_signal(signal.SIGHUP)
    service.logged("the new configuration is in force")
    assert (site.base / "s").is_socket()
    assert service.stop() == 0
