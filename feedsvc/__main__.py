"""`python -m feedsvc` and the command `feedsvc`.

Importing the commands takes a while; only then is the meaning of a signal known.
"""

from feedsvc.processes.lifetime import hold_signals, ignore_signals


def main() -> None:
    """Run a command; signals that arrive during its import are held for it."""
    hold_signals()
    from feedsvc.cli import commands  # noqa: PLC0415 - see above

    try:
        commands.main()
    finally:
        ignore_signals()


if __name__ == "__main__":
    main()
