"""Errors that a caller can handle; each message is one sentence for the user."""


class FeedsvcError(Exception):
    """An error that the user or operator can fix: its message names cause, place and remedy."""


class ConfigError(FeedsvcError):
    """The configuration is invalid or missing."""


class LedgerUnavailable(FeedsvcError):
    """The ledger cannot be reached, or no scan has written to it yet."""


class LedgerGone(LedgerUnavailable):
    """The ledger's file is missing: it was never created, or it was removed."""


class LedgerBusy(LedgerUnavailable):
    """Another process has locked the ledger, or all its connections are in use."""


class NoRoom(FeedsvcError):
    """The temporary folder is full."""


class ScanStopped(FeedsvcError):
    """A scan was stopped before its commit; the next scan repeats it."""

    def __init__(self) -> None:
        super().__init__("the scan was stopped before it had published anything")


class LeaseHeld(FeedsvcError):
    """Another process holds the lease.

    Attributes:
        holder: that process, as `HOST process PID`.
    """

    def __init__(self, name: str, holder: str) -> None:
        super().__init__(f"the {name} lease is held by {holder}")
        self.holder = holder


class LeaseLost(FeedsvcError):
    """Another process has taken over the lease; the commit of this process is refused."""


def in_one_line(error: FeedsvcError) -> str:
    """The message's sentences on one line, for the log."""
    return "; ".join(str(error).splitlines())
