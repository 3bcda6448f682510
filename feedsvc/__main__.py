"""`python -m feedsvc` and the command `feedsvc`.

The commands take a while to import. What a signal means is known only then.
"""

import sys

from feedsvc.processes import hold_signals


def main() -> None:
    """Run a command; Ctrl-C ends it without a traceback, however early it comes."""
    hold_signals()
    try:
        from feedsvc import cli  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
