"""Whether the process behind an instance still runs, told only where that is certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc.ledger import process
from feedsvc.ledger.process import is_dead, this_process
from tests.site import eventually

TELL = "from feedsvc.ledger.process import this_process; print(this_process().instance, flush=True)"


class Sleeper:
    """A process that sleeps until it is killed, and its instance."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", f"{TELL}; input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout
        self.instance = self.popen.stdout.readline().strip()


def test_this_process_lives_and_is_named_for_people() -> None:
    me = this_process()
    assert me == this_process()
    assert me.name.endswith(f" process {os.getpid()}")
    assert not is_dead(me.instance)


def test_a_process_lives_while_it_runs_or_is_frozen_and_is_dead_as_a_zombie_and_later() -> None:
    other = Sleeper()
    assert other.instance != this_process().instance
    assert not is_dead(other.instance)
    other.popen.send_signal(signal.SIGSTOP)
    assert not is_dead(other.instance)
    other.popen.kill()
    eventually(lambda: is_dead(other.instance))  # nobody has waited for it yet
    other.popen.communicate()
    assert is_dead(other.instance)


def test_another_process_with_the_same_process_id_is_not_the_one_that_died() -> None:
    kernel, start = this_process().instance.rsplit("/", 1)
    assert is_dead(f"{kernel}/{int(start) - 1}")


@pytest.mark.parametrize("part", [0, 1], ids=["boot", "namespace"])
def test_of_another_machine_or_namespace_nothing_is_said(part: int) -> None:
    parts = this_process().instance.split("/")
    parts[part] = "0"
    parts[3] = "1"  # here, it would be dead
    assert not is_dead("/".join(parts))


def test_a_process_of_another_user_that_proc_hides_is_not_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hidden(_number: int) -> list[str]:
        raise FileNotFoundError

    mine = this_process()
    instance = mine.instance.rsplit("/", 1)[0] + "/1"
    monkeypatch.setattr(process, "this_process", lambda: mine)
    monkeypatch.setattr(process, "_stat", hidden)
    assert not is_dead(instance)


def test_without_proc_nothing_is_ever_taken_for_dead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instance = this_process().instance
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert this_process().instance == ""
    assert not is_dead(instance)
    assert not is_dead("")
