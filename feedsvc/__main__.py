"""`python -m feedsvc` and the command `feedsvc`.

The commands take a while to import. What a signal means is known only then.
"""

from feedsvc.processes.lifetime import hold_signals, ignore_signals


def main() -> None:
    """Run a command; a signal that comes before it has begun is for the command."""
    hold_signals()
    from feedsvc.cli import commands  # noqa: PLC0415 - see above

    try:
        commands.main()
    finally:
        ignore_signals()


if __name__ == "__main__":
    main()
